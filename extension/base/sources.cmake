target_sources(vitals PRIVATE base/clock.cpp base/file_descriptor.cpp base/log.cpp base/process_setup.cpp base/rate_limit.cpp)
