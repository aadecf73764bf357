#include "sampling/extension_test.h"

#include <unistd.h>

#include <algorithm>

#include "base/file_descriptor.h"
#include "procfs/cmdline.h"
#include "procfs/process_path.h"

namespace vitals {

using procfs::ProcessPath;

bool lies_in(std::string_view path, std::span<const std::string> directories) {
  return std::any_of(directories.begin(), directories.end(), [path](std::string_view directory) {
    while (directory.ends_with('/')) directory.remove_suffix(1);
    return !directory.empty() && path.size() > directory.size() + 1 && path.starts_with(directory) &&
           path[directory.size()] == '/';
  });
}

bool is_extension(int proc, pid_t pid, std::span<const std::string> directories, std::span<char> buffer) {
  const ssize_t size = ::readlinkat(proc, ProcessPath(pid, "exe").c_str(), buffer.data(), buffer.size());
  if (size > 0 && lies_in({buffer.data(), static_cast<std::size_t>(size)}, directories)) return true;
  const auto file = open_for_reading(proc, ProcessPath(pid, "cmdline").c_str());
  if (!file) return false;
  const auto text = read_from_start(file->get(), buffer);
  if (!text) return false;
  const auto arguments = procfs::parse_arguments(*text);
  return std::any_of(arguments.begin(), arguments.end(),
                     [directories](std::string_view argument) { return lies_in(argument, directories); });
}

}  // namespace vitals
