#include "sampling/fault_size.h"

#include <fcntl.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/file_descriptor.h"
#include "procfs/text.h"

namespace vitals {

namespace {

using Version = std::pair<std::uint64_t, std::uint64_t>;
constexpr Version maps_large_folios{6, 11};

// The first two numbers of, for example, 5.10.245-1.amzn2.
std::optional<Version> version_of(std::string_view release) {
  const auto dot = release.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  constexpr std::uint64_t most = 1U << 16U;
  const std::string_view rest = release.substr(dot + 1);
  const auto major = procfs::parse_unsigned(release.substr(0, dot), most);
  const auto minor = procfs::parse_unsigned(rest.substr(0, rest.find_first_not_of("0123456789")), most);
  if (!major || !minor) return std::nullopt;
  return Version{*major, *minor};
}

}  // namespace

std::uint64_t largest_fault_bytes(std::string_view release, std::string_view huge_pages, std::uint64_t page_bytes) {
  const auto version = version_of(release);
  const bool large = !version || *version >= maps_large_folios || huge_pages.find("[always]") != std::string_view::npos;
  const std::uint64_t page_table = page_bytes / sizeof(std::uint64_t) * page_bytes;
  return std::max({fault_around_bytes, page_bytes, large ? page_table : 0});
}

std::uint64_t read_largest_fault_bytes(std::uint64_t page_bytes) {
  utsname kernel{};
  const std::string_view release = ::uname(&kernel) == 0 ? kernel.release : "";
  std::array<char, 128> buffer{};
  std::string_view huge_pages;
  if (const auto file = open_for_reading(AT_FDCWD, "/sys/kernel/mm/transparent_hugepage/enabled"))
    if (const auto text = read_from_start(file->get(), buffer)) huge_pages = *text;
  return largest_fault_bytes(release, huge_pages, page_bytes);
}

}  // namespace vitals
