target_sources(unit-tests PRIVATE
  unit/runtime_watch/diagnostics_answer_test.cpp
  unit/runtime_watch/opened_connections_test.cpp
  unit/runtime_watch/runtime_connections_test.cpp
  unit/runtime_watch/runtime_process_test.cpp
  unit/runtime_watch/runtime_watch_history_test.cpp
  unit/runtime_watch/runtime_watch_learning_test.cpp
  unit/runtime_watch/runtime_watch_test.cpp)
