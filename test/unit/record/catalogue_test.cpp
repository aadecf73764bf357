#include "record/catalogue.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.h"

using namespace vitals;

TEST_CASE("every row of the catalogue is at its field's index") {
  for (std::size_t row = 0; row < catalogue.size(); ++row) {
    CHECK(static_cast<std::size_t>(catalogue[row].field) == row);
    CHECK(info(static_cast<Field>(row)).name == catalogue[row].name);
  }
}

TEST_CASE("a field is found by its name and by nothing else") {
  for (const FieldInfo& row : catalogue) CHECK(find_field(row.name) == row.field);
  for (const std::string_view unknown : {"", "duratio", "durations", "Duration", " duration", "_aws", "timestamp"}) {
    CHECK_FALSE(find_field(unknown).has_value());
  }
}

TEST_CASE("names are unique, lower case, and short enough for EMF") {
  std::set<std::string_view> names;
  for (const FieldInfo& row : catalogue) {
    CHECK(names.insert(row.name).second);
    CHECK_FALSE(row.name.empty());
    CHECK(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos);
    CHECK(row.name.size() <= 250);
  }
}

TEST_CASE("a number has a unit that CloudWatch knows, and nothing else has one") {
  const std::set<std::string_view> units = {"Milliseconds", "Bytes", "Megabytes", "Percent", "Count", "None"};
  for (const FieldInfo& row : catalogue) CHECK(units.count(row.unit) == (is_number(row) ? 1U : 0U));
}

TEST_CASE("a name that ends in its unit has that unit") {
  for (const FieldInfo& row : catalogue) {
    if (row.name.ends_with("_bytes")) CHECK(row.unit == "Bytes");
    if (row.name.ends_with("_time") || row.name.ends_with("duration")) CHECK(row.unit == "Milliseconds");
    if (row.name.ends_with("_utilization")) CHECK(row.unit == "Percent");
    if (row.name.find("memory_") != std::string_view::npos && row.unit != "Percent") CHECK(row.unit == "Megabytes");
  }
}

TEST_CASE("durations and CPU times are finer than a millisecond, shares finer than a percent") {
  for (const FieldInfo& row : catalogue) {
    if (row.unit == "Milliseconds" || row.unit == "Percent") CHECK(row.kind == Kind::thousandths);
    if (row.unit == "Bytes" || row.unit == "Count") CHECK(row.kind == Kind::whole);
  }
}

TEST_CASE("the metrics by default are the eight of Lambda Insights") {
  std::set<std::string_view> metrics;
  for (const FieldInfo& row : catalogue) {
    if (row.default_metric) metrics.insert(row.name);
  }
  CHECK(metrics == std::set<std::string_view>{"memory_utilization", "total_memory", "used_memory_max", "cpu_total_time",
                                              "tx_bytes", "rx_bytes", "total_network", "init_duration"});
}

TEST_CASE("every field of Lambda Insights is present, and marked") {
  std::set<std::string_view> insights;
  for (const FieldInfo& row : catalogue) {
    if (row.insights) insights.insert(row.name);
  }
  CHECK(insights == std::set<std::string_view>{"event_type",
                                               "function_name",
                                               "version",
                                               "request_id",
                                               "trace_id",
                                               "duration",
                                               "billed_duration",
                                               "billed_mb_ms",
                                               "cold_start",
                                               "init_duration",
                                               "tmp_free",
                                               "tmp_max",
                                               "threads_max",
                                               "used_memory_max",
                                               "total_memory",
                                               "memory_utilization",
                                               "cpu_user_time",
                                               "cpu_system_time",
                                               "cpu_total_time",
                                               "fd_use",
                                               "fd_max",
                                               "tx_bytes",
                                               "rx_bytes",
                                               "timeout",
                                               "shutdown_reason",
                                               "total_network",
                                               "agent_version",
                                               "agent_memory_avg",
                                               "agent_memory_max",
                                               "cpu_utilization_max",
                                               "memory_utilization_max"});
}

TEST_CASE("the compact record has Lambda Insights' fields except those about the agent") {
  for (const FieldInfo& row : catalogue) {
    const bool about_agent = row.name == "agent_version" || row.name == "agent_memory_avg" ||
                             row.name == "agent_memory_max" || row.name == "agent_cpu_time";
    CHECK(is_compact(row) == (row.insights && !about_agent));
  }
}

TEST_CASE("a description is one sentence") {
  for (const FieldInfo& row : catalogue) {
    CHECK(row.description.ends_with('.'));
    CHECK(row.description.find(". ") == std::string_view::npos);
    CHECK(row.description.find('|') == std::string_view::npos);  // it stands in a table
  }
}
