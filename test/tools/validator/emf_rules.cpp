#include "validator/emf_rules.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace vitals::validator {

namespace {

constexpr std::size_t most_metrics = 100;
constexpr std::size_t most_dimensions_in_a_set = 30;
constexpr std::size_t most_values_of_a_metric = 100;
constexpr std::size_t longest_namespace = 255;
constexpr std::size_t longest_metric_name = 255;
constexpr std::size_t longest_dimension_name = 250;
constexpr std::size_t longest_dimension_value = 1024;
constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t oldest_ms = 14 * 24 * hour_ms;
constexpr std::int64_t furthest_ahead_ms = 2 * hour_ms;

constexpr std::string_view units[] = {
    "Seconds",          "Microseconds",     "Milliseconds", "Bytes",           "Kilobytes",        "Megabytes",
    "Gigabytes",        "Terabytes",        "Bits",         "Kilobits",        "Megabits",         "Gigabits",
    "Terabits",         "Percent",          "Count",        "Bytes/Second",    "Kilobytes/Second", "Megabytes/Second",
    "Gigabytes/Second", "Terabytes/Second", "Bits/Second",  "Kilobits/Second", "Megabits/Second",  "Gigabits/Second",
    "Terabits/Second",  "Count/Second",     "None"};

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7E; });
}

bool is_namespace(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view{".-_/#:"}.find(c) != std::string_view::npos;
  };
  return !name.empty() && name.size() <= longest_namespace && !name.starts_with("AWS/") &&
         std::all_of(name.begin(), name.end(), allowed);
}

bool is_dimension_name(std::string_view name) {
  return !name.empty() && name.size() <= longest_dimension_name && name.front() != ':' && is_printable_ascii(name);
}

bool is_dimension_value(std::string_view value) {
  return value.size() <= longest_dimension_value && is_printable_ascii(value) &&
         value.find_first_not_of(' ') != std::string_view::npos;
}

bool is_metric_value(const Json& value) {
  static const double largest = std::ldexp(1.0, 360);
  return value.is_number() && std::isfinite(value.get<double>()) && std::abs(value.get<double>()) <= largest;
}

bool is_metric_target(const Json& target) {
  if (!target.is_array()) return is_metric_value(target);
  return !target.empty() && target.size() <= most_values_of_a_metric &&
         std::all_of(target.begin(), target.end(), is_metric_value);
}

// Says so when `object` has members that are not among `allowed`.
void check_members(const Json& object, std::initializer_list<std::string_view> allowed, const char* what,
                   Faults& faults) {
  for (const auto& [name, value] : object.items()) {
    if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) {
      faults.push_back(std::string{what} + " has a member " + shown(name));
    }
  }
}

const Json* array_member(const Json& object, const char* name, Faults& faults) {
  const auto found = object.find(name);
  if (found != object.end() && found->is_array()) return &*found;
  faults.push_back(std::string{name} + " is not an array");
  return nullptr;
}

void check_timestamp(const Json& aws, std::int64_t now_ms, Faults& faults) {
  const auto found = aws.find("Timestamp");
  if (found == aws.end() || !found->is_number_integer()) {
    faults.push_back("Timestamp is not an integer");
    return;
  }
  const auto time_ms = found->get<std::int64_t>();
  if (time_ms < now_ms - oldest_ms || time_ms > now_ms + furthest_ahead_ms) {
    faults.push_back("Timestamp " + std::to_string(time_ms) + " is not within 14 days before and 2 hours after now");
  }
}

void check_dimension_set(const Json& event, const Json& set, Faults& faults) {
  if (!set.is_array()) return faults.push_back("a dimension set is not an array");
  if (set.size() > most_dimensions_in_a_set) faults.push_back("a dimension set has more than 30 names");
  std::set<std::string> seen;
  for (const Json& name : set) {
    if (!name.is_string() || !is_dimension_name(name.get_ref<const std::string&>())) {
      faults.push_back("a dimension name is not 1 to 250 characters of printable ASCII without : at the start");
      continue;
    }
    const auto& text = name.get_ref<const std::string&>();
    if (!seen.insert(text).second) faults.push_back("dimension " + shown(text) + " is twice in its set");
    if (!is_dimension_value(text_member(event, text.c_str()))) {
      faults.push_back("dimension " + shown(text) + " has no value of 1 to 1024 characters of printable ASCII");
    }
  }
}

void check_metric(const Json& event, const Json& metric, std::set<std::string>& seen, Faults& faults) {
  if (!metric.is_object()) return faults.push_back("a metric is not an object");
  check_members(metric, {"Name", "Unit", "StorageResolution"}, "a metric", faults);
  const std::string name{text_member(metric, "Name")};
  if (name.empty() || name.size() > longest_metric_name) {
    return faults.push_back("a metric has no Name of 1 to 255 characters");
  }
  if (!seen.insert(name).second) faults.push_back("metric " + shown(name) + " is there twice");
  if (metric.contains("Unit") &&
      std::find(std::begin(units), std::end(units), text_member(metric, "Unit")) == std::end(units)) {
    faults.push_back("metric " + shown(name) + " has a unit that CloudWatch does not know");
  }
  if (metric.contains("StorageResolution") && metric["StorageResolution"] != 1 && metric["StorageResolution"] != 60) {
    faults.push_back("metric " + shown(name) + " has a StorageResolution other than 1 and 60");
  }
  if (!event.contains(name) || !is_metric_target(event[name])) {
    faults.push_back("metric " + shown(name) + " has no finite number as its value");
  }
}

void check_directive(const Json& event, const Json& directive, Faults& faults) {
  if (!directive.is_object()) return faults.push_back("a directive is not an object");
  check_members(directive, {"Namespace", "Dimensions", "Metrics"}, "a directive", faults);
  if (!is_namespace(text_member(directive, "Namespace")))
    faults.push_back("Namespace is not one that CloudWatch takes");
  if (const Json* sets = array_member(directive, "Dimensions", faults)) {
    if (sets->empty()) faults.push_back("Dimensions has no set");
    for (const Json& set : *sets) check_dimension_set(event, set, faults);
  }
  if (const Json* metrics = array_member(directive, "Metrics", faults)) {
    if (metrics->size() > most_metrics) faults.push_back("there are more than 100 metrics");
    std::set<std::string> seen;
    for (const Json& metric : *metrics) check_metric(event, metric, seen, faults);
  }
}

}  // namespace

std::string_view text_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? std::string_view{found->get_ref<const std::string&>()}
                                                     : std::string_view{};
}

void check_emf(const Json& event, std::int64_t now_ms, Faults& faults) {
  const auto aws = event.find("_aws");
  if (aws == event.end() || !aws->is_object()) return faults.push_back("_aws is not an object");
  check_timestamp(*aws, now_ms, faults);
  if (const Json* directives = array_member(*aws, "CloudWatchMetrics", faults)) {
    for (const Json& directive : *directives) check_directive(event, directive, faults);
  }
}

}  // namespace vitals::validator
