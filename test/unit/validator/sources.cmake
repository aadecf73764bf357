target_sources(unit-tests PRIVATE
  unit/validator/emf_rules_test.cpp unit/validator/line_validator_test.cpp unit/validator/summary_rules_test.cpp unit/validator/vitals_rules_test.cpp)
