// No environment does harm: what is loaded from it is bounded, and every line made with it is valid.
#include <string>
#include <vector>

#include "config/settings.h"
#include "emf/line_encoder.h"
#include "support/catch.h"
#include "unit/emf/sample_records.h"
#include "validator/line_validator.h"

using namespace vitals;
using namespace vitals::test;

namespace {

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int time = 0; time < times; ++time) out += text;
  return out;
}

std::vector<std::string> hostile_values() {
  std::string all_bytes;
  for (int byte = 1; byte < 256; ++byte) all_bytes += static_cast<char>(byte);
  return {"=",
          ",",
          ";",
          "+",
          "-",
          "+-+-",
          "\"",
          "\\",
          "\xFF\xFE\xFD",
          all_bytes,
          std::string(1'000'000, 'a'),
          std::string(1'000'000, ','),
          repeated("function_name,", 200),
          repeated("function_name;", 200),
          repeated("function_name;", 100'000),
          repeated("+duration,-duration,", 100'000),
          repeated("+nothing,", 400),
          repeated("k=v,", 1000),
          "-1",
          "18446744073709551616",
          "999999999999999999999999999999999999",
          "1e9",
          "nan",
          "%s%n"};
}

}  // namespace

TEST_CASE("a hostile value is at most one short printable warning, and lines stay valid") {
  for (const SettingInfo& setting : setting_catalogue()) {
    for (const std::string& value : hostile_values()) {
      const std::string variable = std::string{setting.name} + "=" + value;
      const char* const environment[] = {variable.c_str(), nullptr};
      const LoadedSettings loaded = load_settings(environment);
      CHECK(loaded.warnings.size() <= 1);
      for (const std::string& warning : loaded.warnings) {
        CHECK(warning.size() < 512);
        CHECK(warning.find_first_not_of(R"( !"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`)"
                                        "abcdefghijklmnopqrstuvwxyz{|}~") == std::string::npos);
      }
      const std::string line = encode(loaded.settings.emf, full_example());
      CHECK(validator::faults(line, sample_time_ms) == no_faults);
    }
  }
}

TEST_CASE("entries that are not variables are skipped") {
  const char* const environment[] = {"",     "=", "LAMBDA_VITALS_EMIT", "=LAMBDA_VITALS_EMIT=sync", "LAMBDA_VITALS",
                                     nullptr};
  const LoadedSettings loaded = load_settings(environment);
  CHECK(loaded.warnings.empty());
  CHECK(loaded.settings.emit == Emit::async);
}

TEST_CASE("every setting at its largest still makes valid lines") {
  std::string fields = "LAMBDA_VITALS_FIELDS=";
  std::string dimensions = "LAMBDA_VITALS_DIMENSIONS=";
  for (int key = 0; key < 30; ++key) fields += "key_" + std::to_string(key) + "=a \"value\",";
  for (int set = 0; set < 10; ++set) {
    for (int key = 0; key < 30; ++key) {
      if (key != set) dimensions += "key_" + std::to_string(key) + ",";
    }
    dimensions += ";";
  }
  const std::string name_space = "LAMBDA_VITALS_NAMESPACE=" + std::string(255, 'n');
  const char* const environment[] = {fields.c_str(),
                                     dimensions.c_str(),
                                     name_space.c_str(),
                                     "LAMBDA_VITALS_METRICS=all",
                                     "LAMBDA_VITALS_HIGH_RESOLUTION=true",
                                     "AWS_LAMBDA_LOG_FORMAT=JSON",
                                     nullptr};
  const LoadedSettings loaded = load_settings(environment);
  CHECK(loaded.warnings == no_warnings);
  CHECK(loaded.settings.emf.dimension_sets.size() == 10);
  const std::string line = encode(loaded.settings.emf, full_example());
  CHECK(validator::faults(line, sample_time_ms, {.max_bytes = 16384}) == no_faults);
}
