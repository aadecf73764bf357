target_sources(vitals PRIVATE
  emf/json_text.cpp
  emf/line_encoder.cpp
  emf/numbers.cpp
  emf/summaries.cpp)
