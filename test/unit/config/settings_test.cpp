#include "config/settings.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "config/dimension_sets.h"
#include "config/metric_selection.h"
#include "support/catch.h"

using namespace vitals;

namespace {

const std::vector<std::string> no_warnings;

Settings settings(std::vector<const char*> environment) {
  environment.push_back(nullptr);
  LoadedSettings loaded = load_settings(environment.data());
  CHECK(loaded.warnings == no_warnings);
  return loaded.settings;
}

bool has(const FieldSet& set, Field field) {
  return set.test(field);
}

}  // namespace

TEST_CASE("with an empty environment every setting has its default") {
  const Settings defaults = settings({});
  CHECK(defaults.function.name.empty());
  CHECK(defaults.function.initialization_type.empty());
  CHECK_FALSE(defaults.function.memory_mb.has_value());
  CHECK(defaults.emf.name_space == "LambdaInsights");
  CHECK(defaults.emf.metrics.count() == 8);
  CHECK(defaults.emf.fields.count() == field_count);
  CHECK(defaults.emf.dimension_sets == config::default_dimension_sets());
  CHECK(defaults.emf.custom_fields.empty());
  CHECK_FALSE(defaults.emf.high_resolution);
  CHECK(defaults.emf.json_log_level.empty());
  CHECK(defaults.emit == Emit::async);
  CHECK_FALSE(defaults.sample_interval.has_value());
  CHECK_FALSE(defaults.metadata.has_value());
  CHECK(defaults.telemetry);
  CHECK(defaults.telemetry_port == 4243);
  CHECK(defaults.network_interfaces.empty());
  CHECK(defaults.log_level == LogLevel::warn);
  CHECK(defaults.enabled);
}

TEST_CASE("no environment at all is an empty one") {
  const LoadedSettings loaded = load_settings(nullptr);
  CHECK(loaded.warnings.empty());
  CHECK(loaded.settings.emf.name_space == "LambdaInsights");
}

TEST_CASE("what the platform says of the function") {
  const Settings loaded = settings({"AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001", "AWS_LAMBDA_FUNCTION_NAME=thumbnails",
                                    "AWS_LAMBDA_FUNCTION_VERSION=$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=1769",
                                    "AWS_LAMBDA_INITIALIZATION_TYPE=snap-start"});
  CHECK(loaded.function.name == "thumbnails");
  CHECK(loaded.function.memory_mb == 1769);
  CHECK(loaded.function.initialization_type == "snap-start");
}

TEST_CASE("what the registration needs, read first, is what the settings say") {
  for (const auto& value : {std::string{"true"}, std::string{"off"}, std::string{" 0 "}, std::string{"perhaps"},
                            std::string{}, std::string(5000, ' ') + "off", std::string(5000, 'x')}) {
    CAPTURE(value.substr(0, 10));
    const std::string enabled = "LAMBDA_VITALS_ENABLED=" + value;
    const char* const environment[] = {"AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001", enabled.c_str(), nullptr};
    const RegistrationSettings loaded = load_registration_settings(environment);
    CHECK(loaded.runtime_api == "127.0.0.1:9001");
    CHECK(loaded.enabled == load_settings(environment).settings.enabled);
  }
  CHECK(load_registration_settings(nullptr).runtime_api.empty());
  CHECK_FALSE(load_registration_settings(nullptr).managed);
  for (const auto& [type, managed] : {std::pair{"lambda-managed-instances", true}, {"on-demand", false}, {"", false}}) {
    const std::string variable = std::string{"AWS_LAMBDA_INITIALIZATION_TYPE="} + type;
    const char* const environment[] = {variable.c_str(), nullptr};
    CHECK(load_registration_settings(environment).managed == managed);
  }
}

TEST_CASE("every setting has its effect") {
  const Settings loaded = settings(
      {"LAMBDA_VITALS_NAMESPACE=My/App", "LAMBDA_VITALS_METRICS=duration", "LAMBDA_VITALS_DIMENSIONS=team",
       "LAMBDA_VITALS_FIELDS=team=a", "LAMBDA_VITALS_HIGH_RESOLUTION=yes", "LAMBDA_VITALS_EMIT=sync",
       "LAMBDA_VITALS_SAMPLE_INTERVAL_MS=250", "LAMBDA_VITALS_INTERVAL_S=10", "LAMBDA_VITALS_TELEMETRY=off",
       "LAMBDA_VITALS_AVAILABILITY_ZONE=true", "AWS_LAMBDA_METADATA_API=169.254.100.1:9001",
       "AWS_LAMBDA_METADATA_TOKEN=secret", "LAMBDA_VITALS_TELEMETRY_PORT=0",
       "LAMBDA_VITALS_NETWORK_INTERFACES=eth0,eth1", "LAMBDA_VITALS_LOG_LEVEL=debug", "LAMBDA_VITALS_ENABLED=false"});
  CHECK(loaded.emf.name_space == "My/App");
  CHECK(loaded.emf.metrics.count() == 1);
  CHECK(has(loaded.emf.metrics, Field::duration));
  CHECK(loaded.emf.dimension_sets == config::DimensionSets{{"team"}});
  CHECK(loaded.emf.custom_fields == config::CustomFields{{"team", "a"}});
  CHECK(loaded.emf.high_resolution);
  CHECK(loaded.emit == Emit::sync);
  CHECK(loaded.sample_interval == std::chrono::milliseconds{250});
  CHECK(loaded.interval == std::chrono::seconds{10});
  REQUIRE(loaded.metadata);
  CHECK(loaded.metadata->address == "169.254.100.1:9001");
  CHECK(loaded.metadata->token == "secret");
  CHECK_FALSE(loaded.telemetry);
  CHECK(loaded.telemetry_port == 0);
  CHECK(loaded.network_interfaces == std::vector<std::string>{"eth0", "eth1"});
  CHECK(loaded.log_level == LogLevel::debug);
  CHECK_FALSE(loaded.enabled);
}

TEST_CASE("Managed Instances have metrics of their own and the JSON format only") {
  const char* const environment[] = {"AWS_LAMBDA_INITIALIZATION_TYPE=lambda-managed-instances", nullptr};
  for (const Settings& managed : {load_settings(environment).settings, load_settings(nullptr, true).settings}) {
    CHECK(managed.managed);
    CHECK(managed.function.initialization_type == "lambda-managed-instances");
    CHECK(managed.emf.json_log_level == "INFO");
    CHECK(managed.emf.metrics == config::default_metrics(true).metrics);
    CHECK(has(managed.emf.metrics, Field::cpu_utilization_max));
    CHECK_FALSE(has(managed.emf.metrics, Field::init_duration));
  }
  const char* const edited[] = {"AWS_LAMBDA_INITIALIZATION_TYPE=lambda-managed-instances",
                                "LAMBDA_VITALS_METRICS=+concurrency,-tx_bytes", "LAMBDA_VITALS_RECORD=compact",
                                nullptr};
  const Settings compact = load_settings(edited).settings;
  CHECK(has(compact.emf.metrics, Field::concurrency));
  CHECK(has(compact.emf.metrics, Field::cpu_utilization));
  CHECK_FALSE(has(compact.emf.metrics, Field::tx_bytes));
  CHECK_FALSE(load_settings(nullptr).settings.managed);
}

TEST_CASE("a bad value leaves the default and the other settings alone") {
  const char* const environment[] = {"LAMBDA_VITALS_EMIT=never",          "LAMBDA_VITALS_TELEMETRY_PORT=99999",
                                     "LAMBDA_VITALS_NAMESPACE=Mine",      "LAMBDA_VITALS_METRICS=nothing",
                                     "LAMBDA_VITALS_DIMENSIONS=trace_id", nullptr};
  const LoadedSettings loaded = load_settings(environment);
  CHECK(loaded.warnings.size() == 4);
  CHECK(loaded.settings.emit == Emit::async);
  CHECK(loaded.settings.telemetry_port == 4243);
  CHECK(loaded.settings.emf.name_space == "Mine");
  CHECK(loaded.settings.emf.metrics.count() == 8);
  CHECK(loaded.settings.emf.dimension_sets == config::default_dimension_sets());
}

TEST_CASE("a value longer than all of Lambda's variables together is not looked into") {
  std::string variable = "LAMBDA_VITALS_METRICS=duration";
  while (variable.size() < 5000) variable += ",duration";
  const char* const environment[] = {variable.c_str(), nullptr};
  const LoadedSettings loaded = load_settings(environment);
  CHECK(loaded.warnings.size() == 1);
  CHECK(loaded.settings.emf.metrics.count() == 8);
}

TEST_CASE("the JSON log format brings a level, the text format none") {
  CHECK(settings({"AWS_LAMBDA_LOG_FORMAT=JSON"}).emf.json_log_level == "INFO");
  CHECK(settings({"AWS_LAMBDA_LOG_FORMAT=json", "AWS_LAMBDA_LOG_LEVEL=error"}).emf.json_log_level == "ERROR");
  CHECK(settings({"AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_LAMBDA_LOG_LEVEL=shout"}).emf.json_log_level == "INFO");
  CHECK(settings({"AWS_LAMBDA_LOG_FORMAT=Text", "AWS_LAMBDA_LOG_LEVEL=INFO"}).emf.json_log_level.empty());
  CHECK(settings({"AWS_LAMBDA_LOG_LEVEL=INFO"}).emf.json_log_level.empty());
}

TEST_CASE("the compact record has the compact fields") {
  const Settings compact = settings({"LAMBDA_VITALS_RECORD=compact"});
  for (const FieldInfo& row : catalogue) CHECK(has(compact.emf.fields, row.field) == is_compact(row));
  CHECK(compact.emf.metrics.count() == 8);
}

TEST_CASE("what is named as a metric or a dimension is on the compact record too") {
  const Settings named = settings({"LAMBDA_VITALS_RECORD=compact", "LAMBDA_VITALS_METRICS=+memory_peak",
                                   "LAMBDA_VITALS_DIMENSIONS=function_name;function_name,architecture"});
  CHECK(has(named.emf.fields, Field::memory_peak));
  CHECK(has(named.emf.metrics, Field::memory_peak));
  CHECK(has(named.emf.fields, Field::architecture));
  CHECK_FALSE(has(named.emf.fields, Field::cpu_utilization));
}

TEST_CASE("all, with the compact record, is all that is on it") {
  const Settings all = settings({"LAMBDA_VITALS_RECORD=compact", "LAMBDA_VITALS_METRICS=all"});
  for (const FieldInfo& row : catalogue) {
    CHECK(has(all.emf.fields, row.field) == is_compact(row));
    CHECK(has(all.emf.metrics, row.field) == (is_compact(row) && can_be_metric(row)));
  }
}

TEST_CASE("dimensions may come before the fields that they name") {
  CHECK(settings({"LAMBDA_VITALS_DIMENSIONS=team", "LAMBDA_VITALS_FIELDS=team=a"}).emf.dimension_sets ==
        config::DimensionSets{{"team"}});
}

TEST_CASE("the first of two variables of one name counts, as with getenv") {
  CHECK(settings({"LAMBDA_VITALS_EMIT=sync", "LAMBDA_VITALS_EMIT=async"}).emit == Emit::sync);
}

TEST_CASE("the process's own environment is read") {
  ::setenv("LAMBDA_VITALS_NAMESPACE", "FromTheProcess", 1);
  CHECK(load_settings().settings.emf.name_space == "FromTheProcess");
  ::unsetenv("LAMBDA_VITALS_NAMESPACE");
}

TEST_CASE("lines of their own for some invocations bring the fields that say why") {
  const Settings usual = settings({});
  CHECK(usual.lines.all());
  CHECK_FALSE(usual.emf.summaries);
  const Settings compact = settings({"LAMBDA_VITALS_RECORD=compact", "LAMBDA_VITALS_LINES=notable,1/10"});
  CHECK(compact.lines.notable);
  CHECK(compact.lines.one_in == 10);
  CHECK(compact.emf.summaries);
  CHECK(has(compact.emf.fields, Field::line_reason));
  CHECK(has(compact.emf.fields, Field::sample_weight));
}

TEST_CASE("where a summary would change a metric, every invocation has its line") {
  for (const auto& [variable, problem] :
       {std::pair{"LAMBDA_VITALS_HIGH_RESOLUTION=true",
                  "cannot keep the second of a value for LAMBDA_VITALS_HIGH_RESOLUTION"},
        std::pair{"LAMBDA_VITALS_DIMENSIONS=function_name;function_name,event_type",
                  "cannot keep event_type in LAMBDA_VITALS_DIMENSIONS, which is another on a summary"}}) {
    const char* const environment[] = {"LAMBDA_VITALS_LINES=notable", variable, nullptr};
    const LoadedSettings loaded = load_settings(environment);
    CHECK(loaded.warnings ==
          std::vector<std::string>{std::string{"LAMBDA_VITALS_LINES=\"notable\": "} + problem + "; using all"});
    CHECK(loaded.settings.lines.all());
    CHECK_FALSE(loaded.settings.emf.summaries);
  }
}

TEST_CASE("a weight and a summary's count are never metrics, and no reason is a dimension") {
  for (const char* const variable : {"LAMBDA_VITALS_METRICS=+sample_weight", "LAMBDA_VITALS_METRICS=cold_starts",
                                     "LAMBDA_VITALS_DIMENSIONS=line_reason"}) {
    const char* const environment[] = {variable, nullptr};
    CHECK(load_settings(environment).warnings.size() == 1);
  }
  CHECK_FALSE(has(settings({"LAMBDA_VITALS_METRICS=all"}).emf.metrics, Field::sample_weight));
}
