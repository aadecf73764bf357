// An extension inside the runtime's process, as libraries start one to learn of the sandbox's end.
#pragma once

#include <string>

namespace workload {

// Registers at `address` for the event `events` ("INVOKE"; "none": for no event at all), and asks for the next one for
// ever, in a thread of its own. "INVOKE after MS": each time so late. Throws std::runtime_error.
void start_internal_extension(const std::string& address, const std::string& events);

}  // namespace workload
