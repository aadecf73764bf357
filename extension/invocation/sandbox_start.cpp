#include "invocation/sandbox_start.h"

#include <sched.h>
#include <sys/random.h>

#include <algorithm>
#include <array>

#include "sampling/cpu_quota.h"

namespace vitals {

namespace {

double processors() {
  cpu_set_t set;
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
}

}  // namespace

std::string random_id() {
  std::array<unsigned char, 8> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), GRND_NONBLOCK) != static_cast<ssize_t>(bytes.size())) return {};
  std::string text;
  for (const unsigned byte : bytes) {
    text += "0123456789abcdef"[byte >> 4U];
    text += "0123456789abcdef"[byte & 15U];
  }
  return text;
}

SandboxState new_sandbox(const Settings& settings) {
  SandboxState state;
  state.function = settings.function;
  state.initialization_type = settings.function.initialization_type;
  state.processors = processors();
  state.vcpus = std::min(state.processors, read_cpu_quota().value_or(state.processors));
  return state;
}

}  // namespace vitals
