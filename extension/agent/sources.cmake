target_sources(vitals PRIVATE
  agent/agent.cpp
  agent/line_output.cpp
  agent/machine_sample.cpp
  agent/termination.cpp
  agent/timer.cpp)
