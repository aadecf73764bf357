#include "lambda/metadata.h"

#include <string>

#include "support/catch.h"

namespace vitals::lambda {

TEST_CASE("the availability zone in an answer of the metadata endpoint") {
  CHECK(parse_availability_zone(R"({"AvailabilityZoneID":"use1-az1"})").value() == "use1-az1");
  CHECK(parse_availability_zone(R"({"More":{"AvailabilityZoneID":"x"},"AvailabilityZoneID":"apne1-az4"})").value() ==
        "apne1-az4");
  const std::string long_zone(33, 'a');
  for (const std::string& body :
       {std::string{}, std::string{"use1-az1"}, std::string{R"({"AvailabilityZoneID":""})"},
        std::string{R"({"AvailabilityZoneID":7})"}, std::string{R"({"AvailabilityZoneID":"nonsense"})"},
        std::string{R"({"AvailabilityZoneID":"use1 az1"})"}, std::string{R"({"AvailabilityZoneID":"use1-az1)"},
        R"({"AvailabilityZoneID":")" + long_zone + R"("})", std::string{R"(["AvailabilityZoneID","use1-az1"])"},
        std::string{R"({"Zone":"Bearer secret"})"}}) {
    const auto zone = parse_availability_zone(body);
    CHECK_FALSE(zone.has_value());
    CHECK(zone.error().text == "the metadata endpoint's answer has no availability zone");
  }
}

}  // namespace vitals::lambda
