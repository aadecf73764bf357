#include "sampling/machine_memory.h"

#include <fcntl.h>

#include <array>

#include "base/file_descriptor.h"
#include "procfs/key_value.h"

namespace vitals {

std::optional<std::uint64_t> machine_memory(const std::string& proc_root) {
  std::array<char, 2048> buffer{};
  const auto file = open_for_reading(AT_FDCWD, (proc_root + "/meminfo").c_str());
  if (!file) return std::nullopt;
  const auto text = read_from_start(file->get(), buffer);
  return text ? procfs::find_kilobytes(*text, "MemTotal") : std::nullopt;
}

}  // namespace vitals
