#include "sampling/fault_size.h"

#include "support/catch.h"

using vitals::largest_fault_bytes;

namespace {

constexpr std::uint64_t page = 4096;
constexpr std::uint64_t kb = 1024;
constexpr std::uint64_t mb = 1024 * kb;
constexpr auto by_request = "always [madvise] never\n";

}  // namespace

TEST_CASE("a page fault maps 64 KB of a file, before the kernel mapped large folios") {
  CHECK(largest_fault_bytes("5.10.245-1.amzn2.x86_64", by_request, page) == 64 * kb);
  CHECK(largest_fault_bytes("6.9.3", "", page) == 64 * kb);
  CHECK(largest_fault_bytes("6.10", "always madvise [never]\n", page) == 64 * kb);
  CHECK(largest_fault_bytes("6.1.150", by_request, 64 * kb) == 64 * kb);
}

TEST_CASE("a page fault maps what a page table maps, where the kernel has large folios or huge pages") {
  CHECK(largest_fault_bytes("6.11.0", by_request, page) == 2 * mb);
  CHECK(largest_fault_bytes("6.18.44-custom", "", page) == 2 * mb);
  CHECK(largest_fault_bytes("7.0", by_request, page) == 2 * mb);
  CHECK(largest_fault_bytes("5.10.245", "[always] madvise never\n", page) == 2 * mb);
  CHECK(largest_fault_bytes("6.18.44", by_request, 64 * kb) == 512 * mb);
}

TEST_CASE("a release that is not understood has the larger page faults") {
  for (const auto* release : {"", "6", "six.one", "6.", ".6", "99999999999.1"}) {
    CHECK(largest_fault_bytes(release, by_request, page) == 2 * mb);
  }
}
