#include "sampling/shared_memory.h"

#include <algorithm>

namespace vitals {

namespace {

std::uint64_t excess(std::uint64_t amount, std::uint64_t over) {
  return amount > over ? amount - over : 0;
}

// What a forked process has of its own.
std::uint64_t own(const ResidentParts& process, const ResidentParts& origin) {
  const std::uint64_t grown =
      std::max(excess(process.anonymous, process.first_anonymous), excess(process.anonymous, origin.anonymous));
  return std::min(process.anonymous, std::max(process.faulted, grown));
}

}  // namespace

std::uint64_t resident_together(std::span<const ResidentParts> processes) {
  std::uint64_t sum = 0;
  std::uint64_t most_shared = 0;
  for (std::size_t i = 0; i < processes.size(); ++i) {
    const ResidentParts& process = processes[i];
    const auto origin = std::find_if(processes.begin(), processes.begin() + static_cast<std::ptrdiff_t>(i),
                                     [&process](const ResidentParts& earlier) {
                                       return process.startstack != 0 && earlier.startstack == process.startstack;
                                     });
    const bool forked = origin != processes.begin() + static_cast<std::ptrdiff_t>(i);
    sum += forked ? own(process, *origin) : process.anonymous;
    most_shared = std::max(most_shared, process.shared);
  }
  return sum + most_shared;
}

}  // namespace vitals
