target_sources(unit-tests PRIVATE
  unit/agent/record_builder_test.cpp
  unit/agent/windows_test.cpp)
