target_sources(unit-tests PRIVATE
  unit/invocation/deadlines_test.cpp
  unit/invocation/environment_line_test.cpp
  unit/invocation/function_timeout_test.cpp
  unit/invocation/invocation_start_test.cpp
  unit/invocation/life_cycle_test.cpp
  unit/invocation/lost_reports_test.cpp
  unit/invocation/managed_test.cpp
  unit/invocation/on_demand_test.cpp
  unit/invocation/record_builder_test.cpp
  unit/invocation/restore_test.cpp
  unit/invocation/retries_test.cpp
  unit/invocation/sampler_options_test.cpp
  unit/invocation/sandbox_state_test.cpp
  unit/invocation/shutdown_test.cpp
  unit/invocation/sync_mode_test.cpp
  unit/invocation/telemetry_state_test.cpp
  unit/invocation/windows_test.cpp)
