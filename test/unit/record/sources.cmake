target_sources(unit-tests PRIVATE
  unit/record/catalogue_test.cpp unit/record/field_set_test.cpp unit/record/documentation_test.cpp unit/record/invocation_record_test.cpp unit/record/summary_test.cpp)
