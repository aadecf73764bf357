// Directories: how many entries or files one has, and which entries of /proc are processes.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace vitals::procfs {

// Counts the entries of the open directory `fd`, without . and .. : of /proc/PID/fd, the open descriptors.
// `buffer` is scratch space of 4 KB or more. Error io with errno.
[[nodiscard]] Result<std::uint64_t> count_entries(int fd, std::span<char> buffer);

// Counts the plain files in the open directory `fd`, and the links to such. `buffer` and errors as above.
[[nodiscard]] Result<std::uint64_t> count_plain_files(int fd, std::span<char> buffer);

// Lists the entries of the open directory `fd` that are numbers: of /proc, the processes that this one may see, in
// ascending order; with the mount option hidepid=2 only those of its own user. `pids` is emptied first, its memory used
// again. Error io with errno.
[[nodiscard]] Result<void> list_pids(int fd, std::span<char> buffer, std::vector<pid_t>& pids);

}  // namespace vitals::procfs
