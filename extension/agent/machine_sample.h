// lambda-vitals --sample: shows a record outside Lambda. The machine stands for the sandbox: a window of one second
// over all descendants of its first process, with the same code from /proc to the line.
#pragma once

#include "base/clock.h"
#include "config/settings.h"

namespace vitals {

// Writes one line to descriptor `output`, after one second. Returns the exit status: 1 if the write failed.
int show_machine_sample(const Settings& settings, const Clock& clock, int output);

}  // namespace vitals
