// How much memory one page fault can make resident. Page faults are all that is known of a process's memory after its
// exit, so this decides how much it may have had.
#pragma once

#include <cstdint>
#include <string_view>

namespace vitals {

// What reading a mapped file makes resident at once, if it is in the page cache: fault_around_bytes of the kernel's
// mm/memory.c. Bytes.
inline constexpr std::uint64_t fault_around_bytes = 65536;

// The most that one page fault can make resident, in bytes: fault_around_bytes, but what a whole page table maps (2 MB
// with pages of 4 KB)
//   - from Linux 6.11 on: a page fault maps a large folio of shared memory whole, and from 6.18 on also one of a file
//     (finish_fault() in mm/memory.c);
//   - if anonymous memory gets huge pages without a request.
// `release`: of uname(2). If it is not understood, the larger value. `huge_pages`: the content of
// /sys/kernel/mm/transparent_hugepage/enabled; empty if the kernel has none. A process that requests huge pages of
// anonymous memory by madvise(2) is not considered.
[[nodiscard]] std::uint64_t largest_fault_bytes(std::string_view release, std::string_view huge_pages,
                                                std::uint64_t page_bytes);

// The same for the running kernel.
[[nodiscard]] std::uint64_t read_largest_fault_bytes(std::uint64_t page_bytes);

}  // namespace vitals
