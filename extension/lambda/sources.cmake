target_sources(vitals PRIVATE
  lambda/api_request.cpp
  lambda/array_elements.cpp
  lambda/diagnostics_answer.cpp
  lambda/endpoint.cpp
  lambda/extension_events.cpp
  lambda/extensions_api.cpp
  lambda/http_connection.cpp
  lambda/json_scalars.cpp
  lambda/registration.cpp
  lambda/runtime_connections.cpp
  lambda/runtime_watch.cpp
  lambda/telemetry_events.cpp
  lambda/telemetry_listener.cpp
  lambda/telemetry_subscription.cpp)
