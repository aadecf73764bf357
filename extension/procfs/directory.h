// Directories: how many entries or files one has, and which entries of /proc are processes.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace vitals::procfs {

// Counts the entries of the open directory `fd`, without . and .. In /proc/PID/fd they are the open descriptors.
// `buffer` is scratch space of 4 KB or more. Error io with errno.
[[nodiscard]] Result<std::uint64_t> count_entries(int fd, std::span<char> buffer);

// Counts the plain files in the open directory `fd`, and the links to plain files. `buffer` and errors as above.
[[nodiscard]] Result<std::uint64_t> count_plain_files(int fd, std::span<char> buffer);

// Lists the entries of the open directory `fd` that are numbers, in ascending order. In /proc they are the visible
// processes; with the mount option hidepid=2 only those of the same user. `pids` is emptied first, its memory reused.
// Error io with errno.
[[nodiscard]] Result<void> list_pids(int fd, std::span<char> buffer, std::vector<pid_t>& pids);

}  // namespace vitals::procfs
