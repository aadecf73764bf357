#include "procfs/stat.h"

#include <limits>

#include "procfs/text.h"

namespace vitals::procfs {

namespace {

constexpr const char* file = "/proc/PID/stat";
constexpr auto max_pid = static_cast<std::uint64_t>(std::numeric_limits<pid_t>::max());

// Returns the fields after the name, one after the other. A field is complete only with a delimiter after it.
class Fields {
 public:
  explicit Fields(std::string_view rest) : rest_(rest) {}

  std::string_view take() {
    if (rest_.empty() || rest_.front() != ' ') return fail();
    rest_.remove_prefix(1);
    std::size_t end = 0;
    while (end < rest_.size() && rest_[end] != ' ' && rest_[end] != '\n') ++end;
    if (end == rest_.size() || end == 0) return fail();
    const std::string_view field = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return field;
  }
  std::uint64_t number(std::uint64_t limit = max_count) {
    const auto value = parse_unsigned(take(), limit);
    if (!value) valid_ = false;
    return value.value_or(0);
  }
  void skip(int count) {
    for (int i = 0; i < count; ++i) (void)take();
  }
  [[nodiscard]] bool valid() const { return valid_; }

 private:
  std::string_view fail() {
    valid_ = false;
    return {};
  }

  std::string_view rest_;
  bool valid_ = true;
};

}  // namespace

Result<Stat> parse_stat(std::string_view text) {
  const std::size_t open = text.find(" (");
  const std::size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open + 2) {
    return malformed(file, text);
  }
  Stat stat;
  const auto pid = parse_unsigned(text.substr(0, open), max_pid);
  if (!pid) return malformed(file, text);
  stat.pid = static_cast<pid_t>(*pid);
  stat.comm = text.substr(open + 2, close - open - 2);

  Fields fields{text.substr(close + 1)};
  const std::string_view state = fields.take();
  if (state.size() != 1) return malformed(file, text);
  stat.state = state.front();
  stat.ppid = static_cast<pid_t>(fields.number(max_pid));
  stat.pgrp = static_cast<pid_t>(fields.number(max_pid));
  stat.session = static_cast<pid_t>(fields.number(max_pid));
  fields.skip(2);  // tty_nr, tpgid
  stat.flags = fields.number();
  stat.minflt = fields.number();
  stat.cminflt = fields.number();
  stat.majflt = fields.number();
  stat.cmajflt = fields.number();
  stat.utime = fields.number();
  stat.stime = fields.number();
  stat.cutime = fields.number();
  stat.cstime = fields.number();
  fields.skip(2);  // priority, nice
  stat.num_threads = fields.number();
  fields.skip(1);  // itrealvalue
  stat.starttime = fields.number();
  fields.skip(1);  // vsize
  stat.rss = fields.number(max_count >> 12U);
  fields.skip(3);  // rsslim to endcode
  stat.startstack = fields.number(std::numeric_limits<std::uint64_t>::max());
  if (!fields.valid()) return malformed(file, text);
  return stat;
}

}  // namespace vitals::procfs
