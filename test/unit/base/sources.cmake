target_sources(unit-tests PRIVATE
  unit/base/file_descriptor_test.cpp
  unit/base/log_test.cpp unit/base/process_setup_test.cpp unit/base/rate_limit_test.cpp
  unit/base/text_test.cpp)
