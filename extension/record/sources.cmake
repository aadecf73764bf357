target_sources(vitals PRIVATE record/catalogue.cpp record/kept_record.cpp record/summary.cpp)
