#include "emf/numbers.h"

#include <charconv>
#include <chrono>

namespace vitals::emf {

namespace {

// Writes `number` with leading zeros, `digits` digits in total.
char* write_padded(char* out, unsigned number, int digits) {
  for (int at = digits - 1; at >= 0; --at) {
    out[at] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  return out + digits;
}

char* write_unsigned(char* out, std::uint64_t number) {
  return std::to_chars(out, out + longest_whole, number).ptr;
}

std::uint64_t magnitude(std::int64_t number) {
  const auto bits = static_cast<std::uint64_t>(number);
  return number < 0 ? 0 - bits : bits;
}

std::size_t digits(std::uint64_t number) {
  std::size_t count = 1;
  for (; number >= 10; number /= 10) ++count;
  return count;
}

}  // namespace

char* write_whole(char* out, std::int64_t number) {
  if (number < 0) *out++ = '-';
  return write_unsigned(out, magnitude(number));
}

char* write_thousandths(char* out, std::int64_t thousandths) {
  if (thousandths < 0) *out++ = '-';
  const std::uint64_t all = magnitude(thousandths);
  out = write_unsigned(out, all / 1000);
  const auto decimals = static_cast<unsigned>(all % 1000);
  if (decimals == 0) return out;
  *out++ = '.';
  if (decimals % 100 == 0) return write_padded(out, decimals / 100, 1);
  if (decimals % 10 == 0) return write_padded(out, decimals / 10, 2);
  return write_padded(out, decimals, 3);
}

std::size_t width_of_whole(std::int64_t number) {
  return digits(magnitude(number)) + (number < 0 ? 1 : 0);
}

std::size_t width_of_thousandths(std::int64_t thousandths) {
  const std::uint64_t all = magnitude(thousandths);
  const std::uint64_t decimals = all % 1000;
  const std::size_t written = decimals == 0 ? 0 : decimals % 100 == 0 ? 2 : decimals % 10 == 0 ? 3 : 4;
  return digits(all / 1000) + written + (thousandths < 0 ? 1 : 0);
}

char* write_rfc3339(char* out, std::int64_t time_ms) {
  using std::chrono::days;
  const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds{time_ms}};
  const auto midnight = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date{midnight};
  const auto ms = static_cast<unsigned>((time - midnight).count());

  out = write_padded(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  *out++ = '-';
  out = write_padded(out, static_cast<unsigned>(date.month()), 2);
  *out++ = '-';
  out = write_padded(out, static_cast<unsigned>(date.day()), 2);
  *out++ = 'T';
  out = write_padded(out, ms / 3'600'000, 2);
  *out++ = ':';
  out = write_padded(out, ms / 60'000 % 60, 2);
  *out++ = ':';
  out = write_padded(out, ms / 1000 % 60, 2);
  *out++ = '.';
  out = write_padded(out, ms % 1000, 3);
  *out++ = 'Z';
  return out;
}

}  // namespace vitals::emf
