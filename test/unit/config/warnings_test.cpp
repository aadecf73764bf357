// What a person reads who made a mistake: one sentence for each variable.
#include <string>
#include <vector>

#include "config/settings.h"
#include "support/catch.h"

using namespace vitals;

namespace {

using Texts = std::vector<std::string>;

Texts warnings(std::vector<const char*> environment) {
  environment.push_back(nullptr);
  return load_settings(environment.data()).warnings;
}

}  // namespace

TEST_CASE("a bad value is one warning: what it is, what is allowed, what is used") {
  struct Case {
    const char* variable;
    const char* warning;
  };
  const auto [variable, warning] = GENERATE(values<Case>({
      {"LAMBDA_VITALS_NAMESPACE=AWS/Lambda",
       "LAMBDA_VITALS_NAMESPACE=\"AWS/Lambda\": must be 1 to 255 letters, digits and .-_/#: and not start with AWS/; "
       "using "
       "LambdaInsights"},
      {"LAMBDA_VITALS_METRICS=+durations,-foo",
       "LAMBDA_VITALS_METRICS=\"+durations,-foo\": \"durations\" is not a field; did you mean duration?; using "
       "default"},
      {"LAMBDA_VITALS_DIMENSIONS=request_id",
       "LAMBDA_VITALS_DIMENSIONS=\"request_id\": \"request_id\" as a dimension would create a new billed metric "
       "with every invocation; using function_name;function_name,version"},
      {"LAMBDA_VITALS_FIELDS=duration=1",
       "LAMBDA_VITALS_FIELDS=\"duration=1\": \"duration\" is already a name of the record; using none"},
      {"LAMBDA_VITALS_RECORD=tiny", "LAMBDA_VITALS_RECORD=\"tiny\": must be full or compact; using full"},
      {"LAMBDA_VITALS_HIGH_RESOLUTION=maybe",
       "LAMBDA_VITALS_HIGH_RESOLUTION=\"maybe\": must be true or false; using false"},
      {"LAMBDA_VITALS_EMIT=asink", "LAMBDA_VITALS_EMIT=\"asink\": must be async or sync; using async"},
      {"LAMBDA_VITALS_SAMPLE_INTERVAL_MS=0",
       "LAMBDA_VITALS_SAMPLE_INTERVAL_MS=\"0\": must be auto or a whole number from 1 to 10000; using auto"},
      {"LAMBDA_VITALS_TELEMETRY=on", "LAMBDA_VITALS_TELEMETRY=\"on\": must be auto or off; using auto"},
      {"LAMBDA_VITALS_TELEMETRY_PORT=70000",
       "LAMBDA_VITALS_TELEMETRY_PORT=\"70000\": must be a whole number from 0 to 65535; using 4243"},
      {"LAMBDA_VITALS_TELEMETRY_PORT=9001",
       "LAMBDA_VITALS_TELEMETRY_PORT=\"9001\": is a port that Lambda reserves; using 4243"},
      {"LAMBDA_VITALS_NETWORK_INTERFACES=/",
       "LAMBDA_VITALS_NETWORK_INTERFACES=\"/\": must be auto or a comma list of at most 16 network interfaces; using "
       "auto"},
      {"LAMBDA_VITALS_LOG_LEVEL=loud",
       "LAMBDA_VITALS_LOG_LEVEL=\"loud\": must be trace, debug, info, warn, error or off; using warn"},
      {"LAMBDA_VITALS_ENABLED=nope", "LAMBDA_VITALS_ENABLED=\"nope\": must be true or false; using true"},
      {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=lots",
       "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=\"lots\": must be a whole number from 1 to 1048576; using no memory size"},
  }));
  CHECK(warnings({variable}) == Texts{warning});
}

TEST_CASE("a value that is not set, or empty, is not a mistake") {
  CHECK(warnings({}).empty());
  for (const SettingInfo& setting : setting_catalogue()) {
    const std::string empty = std::string{setting.name} + "=";
    const std::string blank = std::string{setting.name} + "= \t\n";
    CHECK(warnings({empty.c_str()}).empty());
    CHECK(warnings({blank.c_str()}).empty());
  }
  CHECK(warnings({"AWS_LAMBDA_FUNCTION_MEMORY_SIZE="}).empty());
}

TEST_CASE("every setting's default is a value of it") {
  for (const SettingInfo& setting : setting_catalogue()) {
    const std::string variable = std::string{setting.name} + "=" + std::string{setting.default_value};
    CHECK(warnings({variable.c_str()}).empty());
  }
}

TEST_CASE("a variable that is not a setting is one warning, without its value") {
  CHECK(warnings({"LAMBDA_VITALS_COLOUR=secret"}) ==
        Texts{"\"LAMBDA_VITALS_COLOUR\" is not a setting of Lambda Vitals"});
  CHECK(warnings({"LAMBDA_VITALS_NAMESPCE=x"}) ==
        Texts{"\"LAMBDA_VITALS_NAMESPCE\" is not a setting of Lambda Vitals; did you mean LAMBDA_VITALS_NAMESPACE?"});
  CHECK(warnings({"LAMBDA_VITALS_="}) == Texts{"\"LAMBDA_VITALS_\" is not a setting of Lambda Vitals"});
  CHECK(warnings({"LAMBDA_VITALSX=1", "AWS_LAMBDA_EXEC_WRAPPER=1", "PATH=/bin"}).empty());
}

TEST_CASE("several mistakes are a warning each") {
  CHECK(warnings({"LAMBDA_VITALS_EMIT=1", "LAMBDA_VITALS_ENABLED=2", "LAMBDA_VITALS_X=3"}).size() == 3);
}

TEST_CASE("many unknown variables are few warnings") {
  std::vector<std::string> texts;
  texts.reserve(1000);
  for (int number = 0; number < 1000; ++number)
    texts.push_back("LAMBDA_VITALS_UNKNOWN_" + std::to_string(number) + "=");
  std::vector<const char*> environment;
  environment.reserve(texts.size() + 1);
  for (const std::string& text : texts) environment.push_back(text.c_str());
  const Texts found = warnings(environment);
  REQUIRE(found.size() == 6);
  CHECK(found[5] == "995 more variables that start with LAMBDA_VITALS_ are not settings of Lambda Vitals");
}
