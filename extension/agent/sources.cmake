target_sources(vitals PRIVATE
  agent/agent.cpp
  agent/attempts.cpp
  agent/invocation_start.cpp
  agent/line_output.cpp
  agent/machine_sample.cpp
  agent/record_builder.cpp
  agent/recorder.cpp
  agent/sampler_options.cpp
  agent/sandbox_start.cpp
  agent/sandbox_state.cpp
  agent/termination.cpp
  agent/timer.cpp
  agent/windows.cpp)
