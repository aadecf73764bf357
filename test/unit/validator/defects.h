// One valid line, and ways to break it: every test of the validator makes one defect and expects one fault.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "validator/line_validator.h"

namespace vitals::test {

using Json = nlohmann::ordered_json;
using Texts = std::vector<std::string>;

inline const Texts no_faults;

inline constexpr std::int64_t now_ms = 1'700'000'000'000;

// A line of Lambda Vitals, shorter than most.
inline Json valid_event() {
  return Json::parse(R"({
    "_aws": {"Timestamp": 1700000000000, "CloudWatchMetrics": [{
      "Namespace": "LambdaInsights",
      "Dimensions": [["function_name"]],
      "Metrics": [{"Name": "cpu_total_time", "Unit": "Milliseconds"}]}]},
    "event_type": "performance",
    "function_name": "f",
    "request_id": "r-1",
    "cold_start": false,
    "billed_duration": 100,
    "billed_mb_ms": 51200,
    "cpu_total_time": 3.5,
    "cpu_user_time": 2.25,
    "cpu_system_time": 1.25,
    "total_memory": 512,
    "rx_bytes": 1,
    "tx_bytes": 2,
    "total_network": 3,
    "team": "a"})");
}

inline Json& directive(Json& event) {
  return event["_aws"]["CloudWatchMetrics"][0];
}

inline Texts faults_of(const Json& event, validator::Rules rules = {}) {
  return validator::faults(event.dump(-1, ' ', false, Json::error_handler_t::ignore) + "\n", now_ms, rules);
}
// Only by CloudWatch's rules.
inline Texts emf_faults_of(const Json& event) {
  return faults_of(event, {.vitals = false, .max_bytes = 1U << 20U});
}

}  // namespace vitals::test
