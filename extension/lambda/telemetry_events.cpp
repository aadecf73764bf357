#include "lambda/telemetry_events.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/log.h"
#include "lambda/extension_events.h"
#include "lambda/json_scalars.h"

namespace vitals::lambda {

namespace {

constexpr std::array<std::pair<std::string_view, TelemetryType>, 12> types{{
    {"platform.initStart", TelemetryType::init_start},
    {"platform.initRuntimeDone", TelemetryType::init_runtime_done},
    {"platform.initReport", TelemetryType::init_report},
    {"platform.start", TelemetryType::start},
    {"platform.runtimeDone", TelemetryType::runtime_done},
    {"platform.report", TelemetryType::report},
    {"platform.restoreStart", TelemetryType::restore_start},
    {"platform.restoreRuntimeDone", TelemetryType::restore_runtime_done},
    {"platform.restoreReport", TelemetryType::restore_report},
    {"platform.extension", TelemetryType::extension},
    {"platform.telemetrySubscription", TelemetryType::telemetry_subscription},
    {"platform.logsDropped", TelemetryType::logs_dropped},
}};

// Twice the number of events of one invocation: start, runtimeDone, report, and some others.
constexpr std::size_t usual_events = 8;

// A year: the platform measures no longer duration, and it is far from overflowing nanoseconds.
constexpr double max_duration_ms = 366.0 * 86'400'000.0;

std::optional<double> number(const Scalar& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return std::nullopt;
}

std::optional<std::chrono::nanoseconds> duration_ms(const Scalar& value) {
  const auto ms = number(value);
  if (!ms || !(*ms >= 0 && *ms <= max_duration_ms)) return std::nullopt;
  // The platform sends milliseconds with decimals. Rounding to microseconds removes the error of binary fractions.
  return std::chrono::microseconds{std::llround(*ms * 1000.0)};
}

std::optional<std::int64_t> count(const Scalar& value) {
  const auto* whole = std::get_if<std::int64_t>(&value);
  return whole != nullptr && *whole >= 0 ? std::optional{*whole} : std::nullopt;
}

template <std::size_t Most>
void take_text(const Scalar& value, Text<Most>& text) {
  if (const auto* view = std::get_if<std::string_view>(&value)) text = *view;
}

// Members of record.metrics and spans of record.spans that are used: their names and destinations.
using Duration = std::optional<std::chrono::nanoseconds>;
constexpr std::array<std::pair<std::string_view, Duration TelemetryEvent::*>, 5> durations{{
    {"durationMs", &TelemetryEvent::duration},
    {"billedDurationMs", &TelemetryEvent::billed_duration},
    {"initDurationMs", &TelemetryEvent::init_duration},
    {"restoreDurationMs", &TelemetryEvent::restore_duration},
    {"billedRestoreDurationMs", &TelemetryEvent::billed_restore_duration},
}};
constexpr std::array<std::pair<std::string_view, std::optional<std::int64_t> TelemetryEvent::*>, 2> counts{{
    {"memorySizeMB", &TelemetryEvent::memory_size_mb},
    {"producedBytes", &TelemetryEvent::produced_bytes},
}};
constexpr std::array<std::pair<std::string_view, Duration TelemetryEvent::*>, 4> spans{{
    {"responseLatency", &TelemetryEvent::response_latency},
    {"responseDuration", &TelemetryEvent::response_duration},
    {"runtimeOverhead", &TelemetryEvent::runtime_overhead},
    {"extensionOverhead", &TelemetryEvent::extension_overhead},
}};

// Collects one event. Members come in any order, so the type is evaluated when the object has ended.
class EventReader final : public ScalarVisitor {
 public:
  void scalar(std::string_view path, const Scalar& value) override {
    constexpr std::string_view metrics = "record.metrics.", each_span = "record.spans[].", record = "record.";
    if (path.starts_with(metrics)) {
      metric(path.substr(metrics.size()), value);
    } else if (path.starts_with(each_span)) {
      span(path.substr(each_span.size()), value);
    } else if (path.starts_with(record)) {
      member(path.substr(record.size()), value);
    } else if (path == "type") {
      take_text(value, type_);
    } else if (path == "time") {
      const auto* text = std::get_if<std::string_view>(&value);
      if (text != nullptr) event_.time = parse_timestamp(*text);
      if (!event_.time) log::debug("telemetry: \"time\" is not a time: {:.64}", text != nullptr ? *text : "");
    }
  }

  void object_end(std::string_view path) override {
    if (path == "record.spans[]") end_span();
  }

  // Adds the event to `batch` if its type is used. Returns why it is not a valid event, or null.
  const char* take_event(TelemetryBatch& batch) {
    if (type_.empty()) return "it has no type";
    for (const auto& [name, known] : types) {
      if (type_ != name) continue;
      event_.type = known;
      const bool of_invocation =
          known == TelemetryType::start || known == TelemetryType::runtime_done || known == TelemetryType::report;
      if (of_invocation && event_.request_id.empty()) return "it has no valid requestId";
      batch.events.push_back(event_);
      return nullptr;
    }
    ++batch.ignored;
    return nullptr;
  }

 private:
  void member(std::string_view name, const Scalar& value) {
    if (name == "requestId") {
      const auto* text = std::get_if<std::string_view>(&value);
      if (text != nullptr && RequestIdText::fits(*text)) event_.request_id = RequestId{*text};
    } else if (name == "status") {
      take_text(value, event_.status);
    } else if (name == "errorType") {
      take_text(value, event_.error_type);
    } else if (name == "initializationType") {
      take_text(value, event_.initialization_type);
    } else if (name == "reason") {
      take_text(value, event_.reason);
    } else if (name == "instanceId") {
      take_text(value, event_.instance_id);
    } else if (name == "runtimeVersion") {
      take_text(value, event_.runtime_version);
    } else if (name == "instanceMaxMemory") {
      event_.instance_max_memory = count(value);
    } else if (const auto* text = std::get_if<std::string_view>(&value); text != nullptr) {
      if (name == "tenantId" && event_.tenant_id.fits(*text)) event_.tenant_id = *text;
      if (name == "functionArn") event_.version = qualifier(*text);
      if (name == "tracing.value") event_.trace_id = trace_root(*text);
    }
  }

  void metric(std::string_view name, const Scalar& value) {
    for (const auto& [known, place] : durations) {
      if (name == known) return take(name, duration_ms(value), event_.*place);
    }
    for (const auto& [known, place] : counts) {
      if (name == known) return take(name, count(value), event_.*place);
    }
    if (name == "maxMemoryUsedMB") {
      const auto mb = number(value);
      take(name, mb && *mb >= 0 && *mb <= 1e9 ? mb : std::nullopt, event_.max_memory_used_mb);
    }
  }

  template <class Value>
  static void take(std::string_view name, const std::optional<Value>& parsed, std::optional<Value>& place) {
    if (!parsed) log::debug("telemetry: the value of {:.64} is invalid; it is absent", name);
    place = parsed;
  }

  void span(std::string_view name, const Scalar& value) {
    if (name == "name") take_text(value, span_name_);
    if (name == "durationMs") span_duration_ = duration_ms(value);
  }

  void end_span() {
    for (const auto& [known, place] : spans) {
      if (span_name_ == known) event_.*place = span_duration_;
    }
    span_name_.clear();
    span_duration_.reset();
  }

  TelemetryEvent event_;
  Text<64> type_;  // a truncated one matches no known type
  Text<32> span_name_;
  std::optional<std::chrono::nanoseconds> span_duration_;
};

// Removes `digits` digits from the front of `text` and then `separator`, if there is one. -1 if they are missing.
int take_number(std::string_view& text, std::size_t digits, char separator) {
  if (text.size() < digits) return -1;
  int value = -1;
  const char* end = text.data() + digits;
  if (const auto parsed = std::from_chars(text.data(), end, value); parsed.ec != std::errc{} || parsed.ptr != end)
    return -1;
  text.remove_prefix(digits);
  if (separator == '\0') return value;
  if (text.empty() || text.front() != separator) return -1;
  text.remove_prefix(1);
  return value;
}

}  // namespace

void TelemetryBatch::clear() {
  if (events.capacity() > usual_events) events = {};
  events.clear();
  dropped = ignored = 0;
  partial = false;
}

TelemetryReader::TelemetryReader() : ArrayElements(max_telemetry_event, R"({"time":)") {
}

const TelemetryBatch& TelemetryReader::feed(std::string_view piece, bool more) {
  batch_.clear();
  batch_.partial = more;
  ArrayElements::feed(piece);
  return batch_;
}

const TelemetryBatch& TelemetryReader::end() {
  batch_.clear();
  ArrayElements::end();
  return batch_;
}

bool TelemetryReader::element(std::string_view text) {
  EventReader reader;
  const auto walked = walk_json(text, reader);
  const char* const fault = !text.starts_with('{') ? "it is not an object"
                            : !walked              ? walked.error().text.c_str()
                                                   : reader.take_event(batch_);
  if (fault == nullptr) return true;
  log::debug("telemetry: an event is dropped: {}: {:.200}", fault, text);
  ++batch_.dropped;
  return false;
}

void TelemetryReader::left_out() {
  log::debug("telemetry: an event is dropped: it is too long, unfinished or not in an array");
  ++batch_.dropped;
}

TelemetryBatch parse_telemetry(std::string_view body) {
  TelemetryReader reader;
  TelemetryBatch batch = reader.feed(body);
  const TelemetryBatch& rest = reader.end();
  batch.events.insert(batch.events.end(), rest.events.begin(), rest.events.end());
  batch.dropped += rest.dropped;
  batch.ignored += rest.ignored;
  return batch;
}

std::optional<WallTime> parse_timestamp(std::string_view text) {
  using namespace std::chrono;
  const int year_number = take_number(text, 4, '-');
  const int month_number = take_number(text, 2, '-');
  const int day_number = take_number(text, 2, 'T');
  const int hour = take_number(text, 2, ':');
  const int minute = take_number(text, 2, ':');
  const int second = take_number(text, 2, '\0');
  if (year_number < 1970 || year_number > 2200 || month_number < 0 || day_number < 0) return std::nullopt;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;
  const year_month_day date{year{year_number}, month{static_cast<unsigned>(month_number)},
                            day{static_cast<unsigned>(day_number)}};
  if (!date.ok()) return std::nullopt;
  nanoseconds fraction{0};
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    std::int64_t unit = 100'000'000;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
      fraction += nanoseconds{(text.front() - '0') * unit};
      unit /= 10;
      text.remove_prefix(1);
    }
  }
  if (text != "Z") return std::nullopt;
  return WallTime{sys_days{date}.time_since_epoch()} + hours{hour} + minutes{minute} + seconds{second} + fraction;
}

}  // namespace vitals::lambda
