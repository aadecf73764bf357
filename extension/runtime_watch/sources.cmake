target_sources(vitals PRIVATE
  runtime_watch/diagnostics_answer.cpp
  runtime_watch/opened_connections.cpp
  runtime_watch/runtime_connections.cpp
  runtime_watch/runtime_process.cpp
  runtime_watch/runtime_watch.cpp)
