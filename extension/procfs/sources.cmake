target_sources(vitals PRIVATE
  procfs/cgroup.cpp procfs/directory.cpp procfs/io.cpp procfs/key_value.cpp procfs/limits.cpp procfs/loadavg.cpp
  procfs/machine_stat.cpp
  procfs/net_dev.cpp procfs/net_route.cpp procfs/oom_kills.cpp procfs/schedstat.cpp procfs/smaps_rollup.cpp
  procfs/stat.cpp procfs/statm.cpp procfs/status.cpp procfs/text.cpp)
