#include "procfs/cmdline.h"

namespace vitals::procfs {

std::array<std::string_view, 3> parse_arguments(std::string_view text) {
  std::array<std::string_view, 3> arguments;
  for (auto& argument : arguments) {
    const std::size_t end = text.find('\0');
    if (end == std::string_view::npos) break;
    argument = text.substr(0, end);
    text.remove_prefix(end + 1);
  }
  return arguments;
}

}  // namespace vitals::procfs
