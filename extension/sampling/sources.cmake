target_sources(vitals PRIVATE
  sampling/accounts.cpp sampling/children_time.cpp sampling/cpu_quota.cpp sampling/cpu_time.cpp sampling/cpu_wait.cpp sampling/fault_size.cpp sampling/launch_order.cpp
  sampling/lifetime.cpp
  sampling/kernel_kills.cpp sampling/machine_memory.cpp sampling/network.cpp sampling/peaks.cpp sampling/process.cpp sampling/process_clock.cpp sampling/process_finder.cpp
  sampling/process_groups.cpp
  sampling/process_set.cpp sampling/resident_memory.cpp sampling/resident_model.cpp sampling/sampler.cpp
  sampling/schedule.cpp sampling/usage.cpp)
