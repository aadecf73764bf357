target_sources(vitals PRIVATE
  lambda/api_request.cpp
  lambda/array_elements.cpp
  lambda/endpoint.cpp
  lambda/extension_events.cpp
  lambda/extensions_api.cpp
  lambda/http_connection.cpp
  lambda/json_scalars.cpp
  lambda/message_io.cpp
  lambda/metadata.cpp
  lambda/registration.cpp
  lambda/telemetry_events.cpp
  lambda/telemetry_listener.cpp
  lambda/telemetry_subscription.cpp)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # nlohmann_json's lexer appends each character to a string: inlined, that is 40,000 instructions an invocation less, of
  # 221,000, for 16 KB.
  set_source_files_properties(lambda/json_scalars.cpp PROPERTIES COMPILE_OPTIONS --param=early-inlining-insns=60)
endif()
