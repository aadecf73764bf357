target_sources(unit-tests PRIVATE unit/agent/line_output_test.cpp)
