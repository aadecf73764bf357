target_sources(unit-tests PRIVATE
  unit/lambda/array_elements_test.cpp
  unit/lambda/endpoint_test.cpp
  unit/lambda/extension_events_test.cpp
  unit/lambda/json_scalars_test.cpp
  unit/lambda/message_io_test.cpp
  unit/lambda/metadata_test.cpp
  unit/lambda/registration_test.cpp
  unit/lambda/telemetry_events_test.cpp)
