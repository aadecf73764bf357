target_sources(unit-tests PRIVATE
  unit/agent/invocation_start_test.cpp
  unit/agent/line_output_test.cpp
  unit/agent/lost_reports_test.cpp
  unit/agent/record_builder_test.cpp
  unit/agent/recorder_test.cpp
  unit/agent/retries_test.cpp
  unit/agent/sampler_options_test.cpp
  unit/agent/sandbox_state_test.cpp
  unit/agent/windows_test.cpp)
