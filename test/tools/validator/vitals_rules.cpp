#include "validator/vitals_rules.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <optional>

#include "record/catalogue.h"
#include "validator/emf_rules.h"
#include "validator/summary_rules.h"

namespace vitals::validator {

namespace {

constexpr std::string_view levels[] = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"};

std::optional<double> number_member(const Json& event, const char* name) {
  const auto found = event.find(name);
  if (found == event.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

// Whether a number has at most three decimals, as far as a double can tell.
bool has_three_decimals(double number) {
  const double thousandths = number * 1000;
  return std::abs(thousandths - std::round(thousandths)) <= 1e-9 * std::max(1.0, std::abs(thousandths));
}

// An empty text when `value` is one of the row's kind, else what it should be.
const char* why_not(const FieldInfo& row, const Json& value) {
  switch (row.kind) {
    case Kind::text:
    case Kind::word:
      return value.is_string() && !value.get_ref<const std::string&>().empty() ? "" : "a text";
    case Kind::boolean:
      if (!value.is_boolean()) return "true or false";
      // These two are only there when there is something to say.
      return (row.field == Field::timeout || row.field == Field::out_of_memory) && !value.get<bool>() ? "true" : "";
    case Kind::whole:
      return value.is_number_unsigned() ? "" : "a whole number that is not negative";
    case Kind::thousandths:
      if (value.is_number_float() && std::floor(value.get<double>()) == value.get<double>()) return "written whole";
      return value.is_number() && value.get<double>() >= 0 && has_three_decimals(value.get<double>())
                 ? ""
                 : "a number of at most three decimals that is not negative";
  }
  return "";
}

// On a summary a number may be an array of numbers.
void check_value(const FieldInfo& row, const Json& value, bool on_a_summary, Faults& faults) {
  const bool is_array = on_a_summary && value.is_array() && can_be_metric(row);
  for (const Json& each : is_array ? value : Json::array({value})) {
    if (const std::string_view wanted = why_not(row, each); !wanted.empty()) {
      faults.push_back(std::string{row.name} + " is not " + std::string{wanted});
    }
  }
}

// The members after _aws: the catalogue's in its order, then custom fields, then timestamp and level.
void check_members(const Json& event, Faults& faults) {
  std::size_t next_field = 0;
  bool after_fields = false;
  bool after_all = false;
  for (const auto& [name, value] : event.items()) {
    if (name == "_aws") continue;
    if (name == "timestamp" || name == "level") {
      after_all = true;
      continue;
    }
    if (after_all) faults.push_back(shown(name) + " comes after timestamp or level");
    const auto field = find_field(name);
    if (!field) {
      after_fields = true;
      if (!value.is_string()) faults.push_back("custom field " + shown(name) + " is not a text");
      continue;
    }
    const auto position = static_cast<std::size_t>(*field);
    if (after_fields) faults.push_back(name + " comes after a custom field");
    if (position < next_field) faults.push_back(name + " is out of order");
    next_field = std::max(next_field, position + 1);
    check_value(info(*field), value, text_member(event, "event_type") == "summary", faults);
  }
}

void check_start(const Json& event, Faults& faults) {
  auto member = event.begin();
  if (member == event.end() || member.key() != "_aws") return faults.push_back("_aws is not first");
  if (++member == event.end() || member.key() != "event_type" || (*member != "performance" && *member != "summary")) {
    faults.push_back("event_type \"performance\" or \"summary\" is not second");
  }
}

void check_directive(const Json& event, Faults& faults) {
  const Json& directives = event["_aws"]["CloudWatchMetrics"];
  if (directives.size() != 1)
    return faults.push_back("there is not one directive but " + std::to_string(directives.size()));
  for (const Json& metric : directives[0]["Metrics"]) {
    const auto& name = metric["Name"].get_ref<const std::string&>();
    const auto field = find_field(name);
    if (!field || !can_be_metric(info(*field))) {
      faults.push_back("metric " + shown(name) + " is not a numeric field");
    } else if (text_member(metric, "Unit") != info(*field).unit) {
      faults.push_back("metric " + shown(name) + " is not in " + std::string{info(*field).unit});
    }
  }
}

void check_sum(const Json& event, const char* total, const char* one, const char* other, Faults& faults) {
  const auto sum = number_member(event, total);
  const auto a = number_member(event, one);
  const auto b = number_member(event, other);
  if (sum && a && b && std::abs(*sum - (*a + *b)) > 0.0005) {
    faults.push_back(std::string{total} + " is not " + one + " plus " + other);
  }
}

void check_share(const Json& event, const char* share, const char* part, const char* whole, Faults& faults) {
  const auto percent = number_member(event, share);
  const auto a = number_member(event, part);
  const auto b = number_member(event, whole);
  if (percent && a && b && std::abs(*percent - 100 * *a / *b) > 0.001) {
    faults.push_back(std::string{share} + " is not the share of " + part + " in " + whole);
  }
}

void check_identities(const Json& event, Faults& faults) {
  check_sum(event, "cpu_total_time", "cpu_user_time", "cpu_system_time", faults);
  check_sum(event, "total_network", "rx_bytes", "tx_bytes", faults);
  check_share(event, "time_utilization", "duration", "time_limit", faults);
  const auto limit = number_member(event, "time_limit");
  if (limit && (*limit < 1000 || *limit > 900'000 || std::fmod(*limit, 1000) != 0)) {
    faults.push_back("time_limit is not whole seconds, 1 to 900");
  }
  const auto billed = number_member(event, "billed_mb_ms");
  const auto duration = number_member(event, "billed_duration");
  const auto memory = number_member(event, "total_memory");
  if (billed && duration && memory && std::abs(*billed - *duration * *memory) > 0.5) {
    faults.push_back("billed_mb_ms is not billed_duration times total_memory");
  }
}

std::string rfc3339(std::int64_t time_ms) {
  const std::time_t seconds = time_ms / 1000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  const std::string ms = std::to_string(1000 + time_ms % 1000).substr(1);
  return std::string(text, size) + "." + ms + "Z";
}

// The JSON log format's members: both or neither.
void check_log_members(const Json& event, Faults& faults) {
  if (!event.contains("timestamp") && !event.contains("level")) return;
  if (text_member(event, "timestamp") != rfc3339(event["_aws"]["Timestamp"].get<std::int64_t>())) {
    faults.push_back("timestamp is not Timestamp in RFC 3339");
  }
  if (std::find(std::begin(levels), std::end(levels), text_member(event, "level")) == std::end(levels)) {
    faults.push_back("level is not one of Lambda's");
  }
}

}  // namespace

void check_vitals(const Json& event, Faults& faults) {
  check_start(event, faults);
  check_directive(event, faults);
  check_members(event, faults);
  check_identities(event, faults);
  check_log_members(event, faults);
  if (text_member(event, "event_type") == "summary") {
    check_summary(event, faults);
  } else if (event.contains("sample_weight") && !event.contains("line_reason")) {
    faults.push_back("sample_weight is there without line_reason");
  }
}

}  // namespace vitals::validator
