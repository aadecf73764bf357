#include "config/simple_values.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "support/catch.h"

using namespace vitals;
using namespace vitals::config;

TEST_CASE("a switch") {
  const std::string_view on = GENERATE(as<std::string_view>{}, "true", "TRUE", "True", "1", "yes", "on", "ON");
  CHECK(parse_switch(on).value());
  const std::string_view off = GENERATE(as<std::string_view>{}, "false", "FALSE", "0", "no", "off", "Off");
  CHECK_FALSE(parse_switch(off).value());
  const std::string_view bad = GENERATE(as<std::string_view>{}, "", "2", "t", "truee", "enabled", "-1", "tru\xC3");
  CHECK_FALSE(parse_switch(bad).has_value());
}

TEST_CASE("an integer within its range") {
  CHECK(parse_integer("0", 0, 10).value() == 0);
  CHECK(parse_integer("10", 0, 10).value() == 10);
  CHECK(parse_integer("007", 0, 10).value() == 7);
  CHECK(parse_integer("-3", -5, 5).value() == -3);
  const std::string_view bad =
      GENERATE(as<std::string_view>{}, "", " ", "11", "-1", "+1", "1 ", " 1", "1x", "x", "1.0", "1e1", "0x1", "--1",
               "9223372036854775808", "-9223372036854775809", "99999999999999999999999999", "\xFF");
  CHECK_FALSE(parse_integer(bad, 0, 10).has_value());
}

TEST_CASE("a namespace is one that CloudWatch takes") {
  const std::string longest(255, 'n');
  CHECK(parse_namespace("LambdaInsights").value() == "LambdaInsights");
  CHECK(parse_namespace("a.-_/#:9").value() == "a.-_/#:9");
  CHECK(parse_namespace("AWS").value() == "AWS");
  CHECK(parse_namespace("aws/x").value() == "aws/x");
  CHECK(parse_namespace(longest).value() == longest);
  CHECK_FALSE(parse_namespace(longest + "n").has_value());
  const std::string_view bad = GENERATE(as<std::string_view>{}, "AWS/Lambda", "a b", "a\"b", "a,b", "é", "a\\", "\x01");
  CHECK_FALSE(parse_namespace(bad).has_value());
}

TEST_CASE("words, in any letter case") {
  CHECK(parse_record_size("Full").value() == RecordSize::full);
  CHECK(parse_record_size("compact").value() == RecordSize::compact);
  CHECK_FALSE(parse_record_size("small").has_value());
  CHECK(parse_emit("async").value() == Emit::async);
  CHECK(parse_emit("SYNC").value() == Emit::sync);
  CHECK_FALSE(parse_emit("syn").has_value());
  CHECK(parse_telemetry("auto").value());
  CHECK_FALSE(parse_telemetry("off").value());
  CHECK_FALSE(parse_telemetry("on").has_value());
  CHECK(parse_log_level("TRACE").value() == LogLevel::trace);
  CHECK(parse_log_level("debug").value() == LogLevel::debug);
  CHECK(parse_log_level("info").value() == LogLevel::info);
  CHECK(parse_log_level("warn").value() == LogLevel::warn);
  CHECK(parse_log_level("error").value() == LogLevel::error);
  CHECK(parse_log_level("off").value() == LogLevel::off);
  CHECK_FALSE(parse_log_level("warning").has_value());
}

TEST_CASE("a sample interval is auto or 1 to 10000 ms") {
  CHECK_FALSE(parse_sample_interval("auto").value().has_value());
  CHECK(parse_sample_interval("1").value() == std::chrono::milliseconds{1});
  CHECK(parse_sample_interval("10000").value() == std::chrono::milliseconds{10000});
  CHECK_FALSE(parse_sample_interval("0").has_value());
  CHECK_FALSE(parse_sample_interval("10001").has_value());
  CHECK_FALSE(parse_sample_interval("never").has_value());
}

TEST_CASE("a telemetry port is any but the one that Lambda keeps") {
  CHECK(parse_telemetry_port("0").value() == 0);
  CHECK(parse_telemetry_port("65535").value() == 65535);
  CHECK_FALSE(parse_telemetry_port("65536").has_value());
  CHECK_FALSE(parse_telemetry_port("-1").has_value());
  CHECK_FALSE(parse_telemetry_port("9001").has_value());
}

TEST_CASE("network interfaces") {
  using Names = std::vector<std::string>;
  CHECK(parse_network_interfaces("auto").value().empty());
  CHECK(parse_network_interfaces("eth0").value() == Names{"eth0"});
  CHECK(parse_network_interfaces(" eth0 , vinternal_1,eth0,").value() == Names{"eth0", "vinternal_1"});
  CHECK(parse_network_interfaces("eth0.100:1").value() == Names{"eth0.100:1"});
  CHECK_FALSE(parse_network_interfaces(",").has_value());
  CHECK_FALSE(parse_network_interfaces("a/b").has_value());
  CHECK_FALSE(parse_network_interfaces("a b").has_value());
  CHECK_FALSE(parse_network_interfaces("eth\xC3\xA9").has_value());
  CHECK_FALSE(parse_network_interfaces("sixteen_letters_").has_value());
}

TEST_CASE("there is a limit to network interfaces") {
  std::string list = "i0";
  for (std::size_t number = 1; number < most_network_interfaces; ++number) list += ",i" + std::to_string(number);
  CHECK(parse_network_interfaces(list).value().size() == most_network_interfaces);
  CHECK(parse_network_interfaces(list + "," + list).value().size() == most_network_interfaces);
  CHECK_FALSE(parse_network_interfaces(list + ",one-more").has_value());
}

TEST_CASE("the level of JSON lines is one that Lambda knows") {
  CHECK(json_log_level("") == "INFO");
  CHECK(json_log_level("fatal") == "FATAL");
  CHECK(json_log_level("Warn") == "WARN");
  CHECK(json_log_level("LOUD\"") == "INFO");
}

TEST_CASE("which invocations get a line of their own") {
  CHECK(parse_lines("all").value().all());
  CHECK(parse_lines("Notable").value().notable);
  CHECK(parse_lines("notable").value().one_in == 0);
  CHECK(parse_lines("1/2").value().one_in == 2);
  CHECK_FALSE(parse_lines("1/2").value().notable);
  CHECK(parse_lines("1/1000000").value().one_in == 1'000'000);
  for (const char* const both : {"notable,1/100", "1/100 , notable"}) {
    CHECK(parse_lines(both).value().notable);
    CHECK(parse_lines(both).value().one_in == 100);
  }
  const std::string_view bad =
      GENERATE(as<std::string_view>{}, "", ",", "none", "1/1", "1/0", "1/1000001", "1/-5", "1/", "1", "2/10", "1/1.5",
               "1/x", "1/10,1/20", "notable,notable", "all,notable", "notable,all", "1/99999999999999999999");
  CHECK(parse_lines(bad).error().text == "must be all, notable, 1/N or notable,1/N, with N from 2 to 1000000");
}
