// CloudWatch's own rules: one defect a test.
#include <cmath>
#include <limits>
#include <string>

#include "support/catch.h"
#include "unit/validator/defects.h"

using namespace vitals::test;

namespace {

constexpr std::int64_t day_ms = 86'400'000;

// A line with one metric "m" that has this value.
Json with_value(Json value) {
  Json event = Json::parse(R"({"_aws": {"Timestamp": 1700000000000, "CloudWatchMetrics": [
    {"Namespace": "N", "Dimensions": [[]], "Metrics": [{"Name": "m"}]}]}})");
  event["m"] = std::move(value);
  return event;
}

const std::string no_number = "metric \"m\" has no finite number as its value";

}  // namespace

TEST_CASE("a valid event has no fault") {
  CHECK(emf_faults_of(valid_event()) == no_faults);
  CHECK(emf_faults_of(with_value(1)) == no_faults);
}

TEST_CASE("_aws has to be an object with a time and directives") {
  CHECK(emf_faults_of(Json::object()) == Texts{"_aws is not an object"});
  CHECK(emf_faults_of({{"_aws", 1}}) == Texts{"_aws is not an object"});
  CHECK(emf_faults_of({{"_aws", Json::object()}}) ==
        Texts{"Timestamp is not an integer", "CloudWatchMetrics is not an array"});
}

TEST_CASE("the time has to be an integer that CloudWatch takes") {
  Json event = valid_event();
  Json& time = event["_aws"]["Timestamp"];
  for (const std::int64_t right : {now_ms, now_ms - 14 * day_ms, now_ms + day_ms / 12}) {
    time = right;
    CHECK(emf_faults_of(event) == no_faults);
  }
  for (const std::int64_t wrong : {std::int64_t{0}, now_ms - 14 * day_ms - 1, now_ms + day_ms / 12 + 1, -now_ms,
                                   std::numeric_limits<std::int64_t>::max()}) {
    time = wrong;
    CHECK(emf_faults_of(event) ==
          Texts{"Timestamp " + std::to_string(wrong) + " is not within 14 days before and 2 hours after now"});
  }
  time = 1.7e12;
  CHECK(emf_faults_of(event) == Texts{"Timestamp is not an integer"});
  time = "1700000000000";
  CHECK(emf_faults_of(event) == Texts{"Timestamp is not an integer"});
}

TEST_CASE("a namespace has to be one that CloudWatch takes") {
  const std::string bad =
      GENERATE(as<std::string>{}, "", "AWS/Lambda", "a b", "é", "a,b", "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn$");
  Json event = valid_event();
  directive(event)["Namespace"] = bad;
  CHECK(emf_faults_of(event) == Texts{"Namespace is not one that CloudWatch takes"});
}

TEST_CASE("a namespace has 1 to 255 characters") {
  Json event = valid_event();
  directive(event)["Namespace"] = std::string(255, 'n');
  CHECK(emf_faults_of(event) == no_faults);
  directive(event)["Namespace"] = std::string(256, 'n');
  CHECK(emf_faults_of(event).size() == 1);
  directive(event).erase("Namespace");
  CHECK(emf_faults_of(event).size() == 1);
}

TEST_CASE("directives and metrics have no other members") {
  Json event = valid_event();
  directive(event)["Metric"] = 1;
  CHECK(emf_faults_of(event) == Texts{"a directive has a member \"Metric\""});
  event = valid_event();
  directive(event)["Metrics"][0]["Units"] = "Bytes";
  CHECK(emf_faults_of(event) == Texts{"a metric has a member \"Units\""});
}

TEST_CASE("there has to be a dimension set, if an empty one") {
  Json event = valid_event();
  directive(event)["Dimensions"] = Json::array();
  CHECK(emf_faults_of(event) == Texts{"Dimensions has no set"});
  directive(event)["Dimensions"] = Json::parse("[[]]");
  CHECK(emf_faults_of(event) == no_faults);
  directive(event)["Dimensions"] = Json::parse("[\"function_name\"]");
  CHECK(emf_faults_of(event) == Texts{"a dimension set is not an array"});
  directive(event).erase("Dimensions");
  CHECK(emf_faults_of(event) == Texts{"Dimensions is not an array"});
}

TEST_CASE("a dimension name has 1 to 250 characters of printable ASCII and no : first") {
  const std::string longest(250, 'd');
  Json event = valid_event();
  event[longest] = "v";
  directive(event)["Dimensions"] = Json::array({Json::array({longest})});
  CHECK(emf_faults_of(event) == no_faults);
  for (const Json& bad : {Json(""), Json(longest + "d"), Json(":a"), Json("é"), Json("a\tb"), Json(1), Json(nullptr)}) {
    directive(event)["Dimensions"] = Json::array({Json::array({bad})});
    CHECK(emf_faults_of(event) ==
          Texts{"a dimension name is not 1 to 250 characters of printable ASCII without : at the start"});
  }
}

TEST_CASE("a dimension needs a value of 1 to 1024 characters of printable ASCII") {
  Json event = valid_event();
  event["function_name"] = std::string(1024, 'v');
  CHECK(emf_faults_of(event) == no_faults);
  for (const Json& bad : {Json(""), Json("  "), Json(std::string(1025, 'v')), Json("é"), Json("a\n"), Json(1),
                          Json(true), Json(nullptr), Json::array({"f"})}) {
    event["function_name"] = bad;
    CHECK(emf_faults_of(event) ==
          Texts{"dimension \"function_name\" has no value of 1 to 1024 characters of printable ASCII"});
  }
  event.erase("function_name");
  CHECK(emf_faults_of(event).size() == 1);
}

TEST_CASE("a dimension is in its set once, and there are 30 at most") {
  Json event = valid_event();
  directive(event)["Dimensions"] = Json::parse(R"([["function_name", "function_name"]])");
  CHECK(emf_faults_of(event) == Texts{"dimension \"function_name\" is twice in its set"});
  Json names = Json::array();
  for (int number = 0; number < 30; ++number) {
    names.push_back("d" + std::to_string(number));
    event[names.back().get<std::string>()] = "v";
  }
  directive(event)["Dimensions"] = Json::array({names});
  CHECK(emf_faults_of(event) == no_faults);
  names.push_back("function_name");
  directive(event)["Dimensions"] = Json::array({names});
  CHECK(emf_faults_of(event) == Texts{"a dimension set has more than 30 names"});
}

TEST_CASE("a metric has a name, a known unit, and a resolution of 1 or 60") {
  Json event = valid_event();
  Json& metric = directive(event)["Metrics"][0];
  metric["StorageResolution"] = 1;
  CHECK(emf_faults_of(event) == no_faults);
  metric["StorageResolution"] = 60;
  CHECK(emf_faults_of(event) == no_faults);
  for (const Json& bad : {Json(0), Json(30), Json("1"), Json(nullptr), Json(true)}) {
    metric["StorageResolution"] = bad;
    CHECK(emf_faults_of(event) == Texts{"metric \"cpu_total_time\" has a StorageResolution other than 1 and 60"});
  }
  metric.erase("StorageResolution");
  for (const Json& bad : {Json(""), Json("ms"), Json("milliseconds"), Json(1), Json(nullptr)}) {
    metric["Unit"] = bad;
    CHECK(emf_faults_of(event) == Texts{"metric \"cpu_total_time\" has a unit that CloudWatch does not know"});
  }
  metric.erase("Unit");
  CHECK(emf_faults_of(event) == no_faults);
  for (const Json& bad : {Json(""), Json(std::string(256, 'm')), Json(1)}) {
    metric["Name"] = bad;
    CHECK(emf_faults_of(event) == Texts{"a metric has no Name of 1 to 255 characters"});
  }
  directive(event)["Metrics"][0] = "cpu_total_time";
  CHECK(emf_faults_of(event) == Texts{"a metric is not an object"});
}

TEST_CASE("a metric appears once, and there are 100 at most") {
  Json event = valid_event();
  directive(event)["Metrics"].push_back(directive(event)["Metrics"][0]);
  CHECK(emf_faults_of(event) == Texts{"metric \"cpu_total_time\" is there twice"});
  Json metrics = Json::array();
  for (int number = 0; number < 100; ++number) {
    const std::string name = "m" + std::to_string(number);
    metrics.push_back({{"Name", name}});
    event[name] = number;
  }
  directive(event)["Metrics"] = metrics;
  CHECK(emf_faults_of(event) == no_faults);
  metrics.push_back({{"Name", "cpu_total_time"}});
  directive(event)["Metrics"] = metrics;
  CHECK(emf_faults_of(event) == Texts{"there are more than 100 metrics"});
}

TEST_CASE("a metric's value is a finite number within 2^360, or up to 100 of them") {
  for (const Json& right :
       {Json(0), Json(-1), Json(0.5), Json(std::ldexp(1.0, 360)), Json::array({1, 2.5}), Json(Json::array_t(100, 1))}) {
    CHECK(emf_faults_of(with_value(right)) == no_faults);
  }
  for (const Json& wrong :
       {Json("1"), Json(true), Json(nullptr), Json::object(), Json(std::ldexp(1.0, 361)), Json(-std::ldexp(1.0, 361)),
        Json::array(), Json::array({1, "2"}), Json(Json::array_t(101, 1)), Json::array({Json::array({1})})}) {
    CHECK(emf_faults_of(with_value(wrong)) == Texts{no_number});
  }
  Json absent = with_value(1);
  absent.erase("m");
  CHECK(emf_faults_of(absent) == Texts{no_number});
}

TEST_CASE("every directive is looked at") {
  Json event = valid_event();
  event["_aws"]["CloudWatchMetrics"].push_back(1);
  CHECK(emf_faults_of(event) == Texts{"a directive is not an object"});
}
