// lambda-vitals --sample: what the record looks like, for the curious and without Lambda. The machine stands for the
// sandbox: a window of one second over everything below its first process, on the same way from /proc to the line.
#pragma once

#include "base/clock.h"
#include "config/settings.h"

namespace vitals {

// Writes one line to descriptor `output`, after one second. The exit status: 1 when the line could not be written.
int show_machine_sample(const Settings& settings, const Clock& clock, int output);

}  // namespace vitals
