target_sources(vitals PRIVATE base/clock.cpp base/file_descriptor.cpp)
