target_sources(unit-tests PRIVATE
  unit/emf/directive_test.cpp unit/emf/json_text_test.cpp unit/emf/line_encoder_test.cpp unit/emf/line_size_test.cpp unit/emf/log_cost_test.cpp
  unit/emf/numbers_test.cpp unit/emf/summary_fields_test.cpp unit/emf/summary_line_test.cpp)
