#include "validator/summary_rules.h"

#include <algorithm>
#include <cmath>

namespace vitals::validator {

namespace {

constexpr std::int64_t minute_ms = 60'000;

// A summary's members, and what only an invocation's line has.
constexpr const char* needed[] = {"sandbox_id", "interval", "invocations", "cold_starts"};
constexpr const char* of_one_invocation[] = {"request_id", "trace_id", "line_reason", "sample_weight", "cold_start"};

void check_arrays(const Json& event, std::uint64_t invocations, Faults& faults) {
  const Json& metrics = event["_aws"]["CloudWatchMetrics"][0]["Metrics"];
  const auto is_metric = [&](const std::string& name) {
    return std::any_of(metrics.begin(), metrics.end(), [&](const Json& metric) { return metric["Name"] == name; });
  };
  for (const auto& [name, value] : event.items()) {
    if (name == "_aws") continue;
    if (value.is_array() != is_metric(name))
      faults.push_back(name + " is not an array although it is a metric, or is one");
    if (value.is_array() && value.size() > invocations) faults.push_back(name + " has more values than invocations");
  }
}

void check_minute(const Json& event, Faults& faults) {
  const auto start = event["_aws"]["Timestamp"].get<std::int64_t>();
  const auto end = start + static_cast<std::int64_t>(event["interval"].get<double>());
  if (start / minute_ms != end / minute_ms) faults.push_back("the interval is in two minutes");
}

}  // namespace

void check_summary(const Json& event, Faults& faults) {
  for (const char* const name : of_one_invocation) {
    if (event.contains(name)) faults.push_back("a summary has " + std::string{name});
  }
  for (const char* const name : needed) {
    if (!event.contains(name)) return faults.push_back("a summary has no " + std::string{name});
  }
  if (!event["invocations"].is_number_unsigned() || !event["interval"].is_number()) return;
  const auto invocations = event["invocations"].get<std::uint64_t>();
  if (invocations == 0) faults.push_back("a summary of no invocations");
  check_arrays(event, invocations, faults);
  check_minute(event, faults);
}

}  // namespace vitals::validator
