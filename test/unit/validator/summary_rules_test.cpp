// What Lambda Vitals promises of a summary: one defect a test.
#include <string>

#include "support/catch.h"
#include "unit/validator/defects.h"

using namespace vitals::test;

namespace {

Json valid_summary() {
  return Json::parse(R"({
    "_aws": {"Timestamp": 1700000000000, "CloudWatchMetrics": [{
      "Namespace": "LambdaInsights",
      "Dimensions": [["function_name"]],
      "Metrics": [{"Name": "cpu_total_time", "Unit": "Milliseconds"}]}]},
    "event_type": "summary",
    "function_name": "f",
    "sandbox_id": "s",
    "billed_duration": 300,
    "interval": 19999,
    "invocations": 3,
    "cold_starts": 0,
    "cpu_total_time": [3.5, 0, 1.25],
    "team": "a"})");
}

void expect_fault(const Json& event, const std::string& fault) {
  CHECK(faults_of(event) == Texts{fault});
}

}  // namespace

TEST_CASE("a valid summary has no fault") {
  CHECK(faults_of(valid_summary()) == no_faults);
}

TEST_CASE("a summary has what makes it one") {
  for (const char* const name : {"sandbox_id", "interval", "invocations", "cold_starts"}) {
    Json event = valid_summary();
    event.erase(name);
    expect_fault(event, "a summary has no " + std::string{name});
  }
  Json event = valid_summary();
  event["invocations"] = 0;
  event["cpu_total_time"] = Json::array();
  event["_aws"]["CloudWatchMetrics"][0]["Metrics"] = Json::array();
  CHECK(faults_of(event).front() == "a summary of no invocations");
}

TEST_CASE("a summary has nothing of one invocation") {
  Json event = Json::object();
  const Json summary = valid_summary();
  for (const auto& [name, value] : summary.items()) {
    event[name] = value;
    if (name == "function_name") event["request_id"] = "r";
  }
  expect_fault(event, "a summary has request_id");
}

TEST_CASE("a metric of a summary is an array, and nothing else is") {
  Json event = valid_summary();
  event["cpu_total_time"] = 3.5;
  expect_fault(event, "cpu_total_time is not an array although it is a metric, or is one");
  event = valid_summary();
  event["billed_duration"] = Json{100, 100, 100};
  expect_fault(event, "billed_duration is not an array although it is a metric, or is one");
  event = valid_summary();
  event["cpu_total_time"] = Json{1, 2, 3, 4};
  expect_fault(event, "cpu_total_time has more values than invocations");
  event["cpu_total_time"] = Json{1, -2};
  expect_fault(event, "cpu_total_time is not a number of at most three decimals that is not negative");
}

TEST_CASE("a summary is of one minute") {
  Json event = valid_summary();
  event["interval"] = 40000;  // the minute of this time ends after 40 s
  expect_fault(event, "the interval is in two minutes");
  event["interval"] = 39999;
  CHECK(faults_of(event) == no_faults);
}

TEST_CASE("an invocation's line has no array") {
  Json event = valid_event();
  event["cpu_total_time"] = Json{3.5};
  CHECK(faults_of(event).size() == 1);
  event = valid_event();
  Json with_weight = Json::object();
  for (const auto& [name, value] : event.items()) {
    with_weight[name] = value;
    if (name == "request_id") with_weight["sample_weight"] = 10;
  }
  expect_fault(with_weight, "sample_weight is there without line_reason");
}
