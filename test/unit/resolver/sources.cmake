target_sources(unit-tests PRIVATE
  unit/resolver/dns_message_test.cpp unit/resolver/hosts_file_test.cpp unit/resolver/resolv_conf_test.cpp
  unit/resolver/resolve_test.cpp)
