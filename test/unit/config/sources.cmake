target_sources(unit-tests PRIVATE
  unit/config/custom_fields_test.cpp unit/config/dimension_sets_test.cpp unit/config/documentation_test.cpp
  unit/config/hostile_environment_test.cpp unit/config/metric_selection_test.cpp unit/config/settings_test.cpp
  unit/config/simple_values_test.cpp unit/config/text_test.cpp unit/config/warnings_test.cpp)
