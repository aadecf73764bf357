target_sources(vitals PRIVATE output/line_sink.cpp)
