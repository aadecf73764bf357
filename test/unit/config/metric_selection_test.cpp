#include "config/metric_selection.h"

#include <set>
#include <string>
#include <string_view>

#include "support/catch.h"

using namespace vitals;
using namespace vitals::config;

namespace {

using Names = std::set<std::string_view>;

Names names_of(const FieldSet& set) {
  Names names;
  set.for_each([&](Field field) { names.insert(info(field).name); });
  return names;
}

Names metrics(std::string_view value) {
  return names_of(parse_metrics(value).value().metrics);
}
std::string problem(std::string_view value) {
  return parse_metrics(value).error().text;
}

const Names eight = {"memory_utilization", "total_memory", "used_memory_max", "cpu_total_time",
                     "tx_bytes",           "rx_bytes",     "total_network",   "init_duration"};

}  // namespace

TEST_CASE("the default metrics are Lambda Insights' eight") {
  CHECK(names_of(default_metrics().metrics) == eight);
  CHECK(names_of(default_metrics().named).empty());
  CHECK(metrics("default") == eight);
  CHECK(metrics("Default,") == eight);
}

TEST_CASE("all is every numeric field, none is the empty set") {
  std::size_t numbers = 0;
  for (const FieldInfo& row : catalogue) numbers += can_be_metric(row) ? 1U : 0U;
  CHECK(metrics("all").size() == numbers);
  CHECK(metrics("none").empty());
}

TEST_CASE("a list is complete") {
  CHECK(metrics("duration") == Names{"duration"});
  CHECK(metrics(" duration , memory_peak,duration") == Names{"duration", "memory_peak"});
}

TEST_CASE("+ and - edit the default") {
  Names expected = eight;
  expected.insert("duration");
  expected.erase("init_duration");
  CHECK(metrics("+duration,-init_duration") == expected);
  CHECK(metrics("+ duration , - init_duration") == expected);
  CHECK(metrics("default,+duration,-init_duration") == expected);
  CHECK(metrics("-memory_peak") == eight);
  CHECK(metrics("+duration,-duration") == eight);
  CHECK(metrics("none,+duration") == Names{"duration"});
  CHECK(metrics("all,-duration").size() == metrics("all").size() - 1);
}

TEST_CASE("the fields that the user named are known apart") {
  const auto named = [](std::string_view value) { return names_of(parse_metrics(value).value().named); };
  CHECK(named("all").empty());
  CHECK(named("duration,memory_peak") == Names{"duration", "memory_peak"});
  CHECK(named("+memory_peak,-init_duration") == Names{"memory_peak"});
  CHECK(named("+memory_peak,-memory_peak").empty());
}

TEST_CASE("a name that is not a numeric field is a mistake") {
  CHECK(problem("duraton") == "\"duraton\" is not a field; did you mean duration?");
  CHECK(problem("+duraton") == "\"duraton\" is not a field; did you mean duration?");
  CHECK(problem("duration,colour") == "\"colour\" is not a field");
  CHECK(problem("function_name") == "\"function_name\" is not a number");
  CHECK(problem("cold_start") == "\"cold_start\" is not a number");
  const std::string_view bad = GENERATE(as<std::string_view>{}, ",", " , ", "+", "-", "+,-", "--duration", "+-duration",
                                        "Duration", "duration;tmp_max", "\xFF\xFE", "+default");
  CHECK_FALSE(parse_metrics(bad).has_value());
}

TEST_CASE("a list and edits are not mixed") {
  const std::string_view bad = GENERATE(as<std::string_view>{}, "duration,+memory_peak", "+memory_peak,duration",
                                        "all,duration", "+duration,none", "all,none");
  CHECK(problem(bad) == "must not mix fields with and without + or -, and may have a keyword only at its start");
}
