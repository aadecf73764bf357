target_sources(vitals PRIVATE
  config/custom_fields.cpp config/dimension_sets.cpp config/environment.cpp config/metric_selection.cpp
  config/setting_catalogue.cpp config/settings.cpp config/simple_values.cpp config/text.cpp config/warnings.cpp)
