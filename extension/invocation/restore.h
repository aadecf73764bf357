// Whether this sandbox was restored from a snapshot. SnapStart takes one after the init phase, and every sandbox that
// is restored from it continues from the same memory: with the same values in this process, on a machine that has never
// heard of them. No event of the Extensions API reports a restore, and telemetry may be off, late or lost. So it shows
// in what never changes while a sandbox lives:
//
//   - AWS_LAMBDA_INITIALIZATION_TYPE is snap-start: every INVOKE follows a restore (sandbox_state.h);
//   - platform.restoreStart, when it comes before the first INVOKE (sandbox_state.h);
//   - the start time of this process: it was created again;
//   - its CPU clock, or the steady clock: neither goes back;
//   - the time since boot less the steady time: both run together, but for the sleep of a machine.
//
// Pure.
#pragma once

#include <cstdint>

#include "sampling/lifetime.h"

namespace vitals {

// What showed it.
enum class RestoreWitness : std::uint8_t { none, process_started_again, clock_went_back, boot_time_jumped };

// Compares two moments. `may_have_slept`: a jump of the boot time may also be the sleep of a machine, as of a laptop,
// and shows nothing then.
[[nodiscard]] RestoreWitness find_restore(const Lifetime& before, const Lifetime& now, bool may_have_slept);

// For the log.
[[nodiscard]] const char* text_of(RestoreWitness witness);

}  // namespace vitals
