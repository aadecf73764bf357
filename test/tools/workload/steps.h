// Steps: what an event may ask for. An event is {"steps": [{"do": NAME, …}, …]}; test/tools/workload/README.md lists
// them.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "measured.h"

namespace workload {

using Step = nlohmann::json;

// Does all steps of the event, one after the other. Throws what they throw: std::runtime_error or a JSON exception.
void run_steps(const nlohmann::json& event, Seen& seen);

// The steps, one subject a file.
void burn(const Step& step, Seen& seen);               // processor.cpp
void run_children(const Step& step, Seen& seen);       // children.cpp
void run_daemon(const Step& step);                     // children.cpp
void hold_processes(const Step& step, Seen& seen);     // children.cpp
void allocate(const Step& step, Seen& seen);           // memory.cpp
void exceed_memory();                                  // memory.cpp
void hold_together(const Step& step, Seen& seen);      // together.cpp
void run_programs(const Step& step, Seen& seen);       // together.cpp
void write_file(const Step& step);                     // files.cpp
void read_file(const Step& step);                      // files.cpp
void hold_tmp_file(const Step& step, Seen& seen);      // files.cpp
void hold_threads(const Step& step, Seen& seen);       // gauges.cpp
void hold_descriptors(const Step& step, Seen& seen);   // gauges.cpp
void limit_descriptors(const Step& step, Seen& seen);  // gauges.cpp
void exchange(const Step& step);                       // network.cpp

// What a process of hold_together() does that was started as "--map PATH BYTES": maps and touches it, reports that,
// waits.
[[noreturn]] void map_and_wait(const char* path, std::size_t bytes);

// Uses this thread's processor for so long, by its own clock.
void burn_thread(std::chrono::nanoseconds time);

// The processor time of this process so far.
[[nodiscard]] std::int64_t own_cpu_ns();

void sleep_for(std::chrono::nanoseconds time);

// A duration of a step, in milliseconds with a fraction.
[[nodiscard]] std::chrono::nanoseconds milliseconds(const Step& step, const char* name, double otherwise = 0);

// Throws std::runtime_error with errno's text.
[[noreturn]] void fail(const std::string& what);

}  // namespace workload
