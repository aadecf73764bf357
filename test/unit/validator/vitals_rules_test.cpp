// What Lambda Vitals promises of its lines: one defect a test.
#include <cmath>
#include <string>

#include "support/catch.h"
#include "unit/validator/defects.h"

using namespace vitals::test;

namespace {

// A copy of the valid event with its members in another order: `names` first.
Json reordered(const Texts& names) {
  const Json event = valid_event();
  Json out = Json::object();
  for (const std::string& name : names) out[name] = event[name];
  for (const auto& [name, value] : event.items()) out[name] = value;
  return out;
}

// The valid event with a duration of 1,000 ms.
Json with_limit(const Json& time_limit, const Json& time_utilization) {
  const Json event = valid_event();
  Json out = Json::object();
  for (const auto& [name, value] : event.items()) {
    if (name == "billed_duration") out["duration"] = 1000;
    if (name == "cpu_total_time") out.update({{"time_limit", time_limit}, {"time_utilization", time_utilization}});
    out[name] = value;
  }
  return out;
}

}  // namespace

TEST_CASE("a valid line has no fault") {
  CHECK(faults_of(valid_event()) == no_faults);
}

TEST_CASE("_aws is first and event_type second") {
  CHECK(faults_of(reordered({"event_type"})) == Texts{"_aws is not first"});
  CHECK(faults_of(reordered({"_aws", "function_name"})) ==
        Texts{"event_type \"performance\" or \"summary\" is not second", "event_type is out of order"});
  Json event = valid_event();
  event["event_type"] = "perf";
  CHECK(faults_of(event) == Texts{"event_type \"performance\" or \"summary\" is not second"});
  event.erase("event_type");
  CHECK(faults_of(event) == Texts{"event_type \"performance\" or \"summary\" is not second"});
}

TEST_CASE("the time limit is one that a function may have, and the utilization its share") {
  CHECK(faults_of(with_limit(3000, 33.333)) == no_faults);
  for (const int limit : {700, 1500, 901'000}) {
    CHECK(faults_of(with_limit(limit, std::round(1e8 / limit) / 1000)).front() ==
          "time_limit is not whole seconds, 1 to 900");
  }
  CHECK(faults_of(with_limit(3000, 33.335)) == Texts{"time_utilization is not the share of duration in time_limit"});
}

TEST_CASE("there is one directive") {
  Json event = valid_event();
  event["_aws"]["CloudWatchMetrics"].push_back(directive(event));
  CHECK(faults_of(event) == Texts{"there is not one directive but 2"});
  event["_aws"]["CloudWatchMetrics"] = Json::array();
  CHECK(faults_of(event) == Texts{"there is not one directive but 0"});
}

TEST_CASE("fields stand in the catalogue's order, the user's own after them") {
  CHECK(faults_of(reordered({"_aws", "event_type", "request_id"})) == Texts{"function_name is out of order"});
  CHECK(faults_of(reordered({"_aws", "event_type", "team"})).front() == "function_name comes after a custom field");
}

TEST_CASE("a metric is a numeric field in its own unit") {
  Json event = valid_event();
  event["team"] = 1;
  directive(event)["Metrics"][0] = {{"Name", "team"}, {"Unit", "Count"}};
  CHECK(faults_of(event).front() == "metric \"team\" is not a numeric field");
  event = valid_event();
  directive(event)["Metrics"][0]["Unit"] = "Seconds";
  CHECK(faults_of(event) == Texts{"metric \"cpu_total_time\" is not in Milliseconds"});
  directive(event)["Metrics"][0].erase("Unit");
  CHECK(faults_of(event) == Texts{"metric \"cpu_total_time\" is not in Milliseconds"});
}

TEST_CASE("every field is of its kind") {
  struct Case {
    const char* name;
    Json value;
    const char* fault;
  };
  const Case cases[] = {
      {"request_id", 1, "request_id is not a text"},
      {"version", "", "version is not a text"},
      {"cold_start", 1, "cold_start is not true or false"},
      {"cold_start", "true", "cold_start is not true or false"},
      {"timeout", false, "timeout is not true"},
      {"out_of_memory", false, "out_of_memory is not true"},
      {"threads_max", 1.5, "threads_max is not a whole number that is not negative"},
      {"threads_max", -1, "threads_max is not a whole number that is not negative"},
      {"threads_max", "1", "threads_max is not a whole number that is not negative"},
      {"threads_max", nullptr, "threads_max is not a whole number that is not negative"},
      {"duration", -0.5, "duration is not a number of at most three decimals that is not negative"},
      {"duration", 8.0, "duration is not written whole"},
      {"duration", 0.0005, "duration is not a number of at most three decimals that is not negative"},
      {"duration", "1", "duration is not a number of at most three decimals that is not negative"},
      {"duration", Json::array({1}), "duration is not a number of at most three decimals that is not negative"},
  };
  for (const Case& each : cases) {
    Json line = Json::object();
    const Json event = valid_event();
    for (const char* name : {"_aws", "event_type", "function_name", "version", "request_id"}) {
      if (event.contains(name)) line[name] = event[name];
    }
    line["_aws"]["CloudWatchMetrics"][0]["Metrics"] = Json::array();
    if (std::string{each.name} == "version") line.erase("request_id");
    line[each.name] = each.value;
    if (!line.contains("request_id")) line["request_id"] = "r-1";
    CHECK(faults_of(line).front() == each.fault);
  }
}

TEST_CASE("a custom field is a text") {
  Json event = valid_event();
  event["team"] = 1;
  CHECK(faults_of(event) == Texts{"custom field \"team\" is not a text"});
}

TEST_CASE("totals are the sums of their parts") {
  Json event = valid_event();
  event["cpu_total_time"] = 3.501;
  CHECK(faults_of(event) == Texts{"cpu_total_time is not cpu_user_time plus cpu_system_time"});
  event = valid_event();
  event["total_network"] = 4;
  CHECK(faults_of(event) == Texts{"total_network is not rx_bytes plus tx_bytes"});
  event = valid_event();
  event["billed_mb_ms"] = 51201;
  CHECK(faults_of(event) == Texts{"billed_mb_ms is not billed_duration times total_memory"});
  event = valid_event();
  event.erase("rx_bytes");
  event.erase("cpu_user_time");
  event.erase("billed_duration");
  CHECK(faults_of(event) == no_faults);
}

TEST_CASE("the JSON log format's members come last, both or neither") {
  Json event = valid_event();
  event["timestamp"] = "2023-11-14T22:13:20.000Z";
  CHECK(faults_of(event) == Texts{"level is not one of Lambda's"});
  event["level"] = "INFO";
  CHECK(faults_of(event) == no_faults);
  event["level"] = "LOUD";
  CHECK(faults_of(event) == Texts{"level is not one of Lambda's"});
  event["level"] = "INFO";
  event["timestamp"] = "2023-11-14T22:13:20.001Z";
  CHECK(faults_of(event) == Texts{"timestamp is not Timestamp in RFC 3339"});
  event["timestamp"] = "2023-11-14T22:13:20.000Z";
  event["stage"] = "prod";
  CHECK(faults_of(event) == Texts{"\"stage\" comes after timestamp or level"});
}
