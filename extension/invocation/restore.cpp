#include "invocation/restore.h"

namespace vitals {

using std::chrono::nanoseconds;

namespace {

// Boot time and steady time are not read at exactly the same moment.
constexpr std::chrono::seconds clock_tolerance{1};

// How much more of the time since boot has passed than of the steady time.
std::optional<nanoseconds> boot_time_ahead(const Lifetime& before, const Lifetime& now) {
  if (!before.since_boot || !now.since_boot) return std::nullopt;
  return (*now.since_boot - *before.since_boot) - (now.steady - before.steady);
}

}  // namespace

RestoreWitness find_restore(const Lifetime& before, const Lifetime& now, bool may_have_slept) {
  if (before.started && now.started && *before.started != *now.started) return RestoreWitness::process_started_again;
  if (now.own_cpu < before.own_cpu || now.steady < before.steady) return RestoreWitness::clock_went_back;
  const auto ahead = boot_time_ahead(before, now).value_or(nanoseconds{0});
  if (ahead < -clock_tolerance || (ahead > clock_tolerance && !may_have_slept)) return RestoreWitness::boot_time_jumped;
  return RestoreWitness::none;
}

const char* text_of(RestoreWitness witness) {
  switch (witness) {
    case RestoreWitness::none:
      return "nothing";
    case RestoreWitness::process_started_again:
      return "the start time of this process";
    case RestoreWitness::clock_went_back:
      return "a clock that went back";
    case RestoreWitness::boot_time_jumped:
      return "a jump of the time since boot";
  }
  return "";
}

}  // namespace vitals
