target_sources(vitals PRIVATE
  resolver/dns_exchange.cpp resolver/dns_message.cpp resolver/hosts_file.cpp resolver/resolv_conf.cpp resolver/resolve.cpp)
# It runs once, at the start, and only where the API is given by a name: small is better than fast.
set_source_files_properties(resolver/dns_exchange.cpp resolver/dns_message.cpp resolver/hosts_file.cpp
  resolver/resolv_conf.cpp resolver/resolve.cpp PROPERTIES COMPILE_OPTIONS -Os)
