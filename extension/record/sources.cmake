target_sources(vitals PRIVATE record/catalogue.cpp)
