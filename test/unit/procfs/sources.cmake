target_sources(unit-tests PRIVATE
  unit/procfs/cgroup_test.cpp unit/procfs/directory_test.cpp unit/procfs/loadavg_test.cpp unit/procfs/machine_stat_test.cpp unit/procfs/net_test.cpp unit/procfs/oom_kills_test.cpp unit/procfs/process_files_test.cpp
  unit/procfs/schedstat_test.cpp unit/procfs/stat_test.cpp)
