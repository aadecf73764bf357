target_sources(unit-tests PRIVATE unit/output/line_sink_test.cpp)
