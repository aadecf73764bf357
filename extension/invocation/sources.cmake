target_sources(vitals PRIVATE
  invocation/attempts.cpp
  invocation/environment.cpp
  invocation/in_flight.cpp
  invocation/function_timeout.cpp
  invocation/invocation_start.cpp
  invocation/life_cycle.cpp
  invocation/line_reason.cpp
  invocation/lines.cpp
  invocation/managed.cpp
  invocation/on_demand.cpp
  invocation/record_builder.cpp
  invocation/restore.cpp
  invocation/sampler_options.cpp
  invocation/sandbox_start.cpp
  invocation/sandbox_state.cpp
  invocation/usage_fields.cpp
  invocation/windows.cpp)
