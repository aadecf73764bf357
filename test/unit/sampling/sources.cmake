target_sources(unit-tests PRIVATE
  unit/sampling/accounts_test.cpp unit/sampling/children_time_test.cpp unit/sampling/cpu_quota_test.cpp unit/sampling/cpu_time_test.cpp unit/sampling/cpu_wait_test.cpp
  unit/sampling/fault_size_test.cpp
  unit/sampling/launch_order_test.cpp unit/sampling/kernel_kills_test.cpp unit/sampling/network_test.cpp unit/sampling/process_set_test.cpp
  unit/sampling/process_tree_test.cpp unit/sampling/resident_memory_test.cpp unit/sampling/resident_model_test.cpp
  unit/sampling/sampler_fixture_test.cpp
  unit/sampling/sampler_live_test.cpp unit/sampling/schedule_test.cpp unit/sampling/usage_test.cpp)
