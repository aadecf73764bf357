// Numbers and times as on the line: no locale, no floating point, no allocation.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vitals::emf {

// The most bytes each of the functions below writes: std::int64_t's lowest number, with a decimal point for
// thousandths.
inline constexpr std::size_t longest_whole = 20;
inline constexpr std::size_t longest_thousandths = 21;
inline constexpr std::size_t longest_rfc3339 = 24;

// The first and the last millisecond since the epoch that RFC 3339 can express with a four-digit year.
inline constexpr std::int64_t earliest_time_ms = 0;
inline constexpr std::int64_t latest_time_ms = 253402300799999;  // 9999-12-31T23:59:59.999Z

// Each writes at `out`, which must have room for the longest, and returns the end of what it wrote.

// A decimal integer.
char* write_whole(char* out, std::int64_t number);

// `thousandths` / 1000 in its shortest form: 12, 12.5, 0.001, -0.25.
char* write_thousandths(char* out, std::int64_t thousandths);

// How many bytes the two write.
[[nodiscard]] std::size_t width_of_whole(std::int64_t number);
[[nodiscard]] std::size_t width_of_thousandths(std::int64_t thousandths);

// Milliseconds since the epoch, from earliest_time_ms to latest_time_ms, as 2024-05-06T07:08:09.010Z.
char* write_rfc3339(char* out, std::int64_t time_ms);

}  // namespace vitals::emf
