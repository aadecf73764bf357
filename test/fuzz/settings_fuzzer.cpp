// Any environment: it is read in bounded time and memory, and the lines made with it are valid.
#include <algorithm>
#include <string>
#include <vector>

#include "config/settings.h"
#include "emf/line_encoder.h"
#include "fuzz/fuzz.h"
#include "unit/emf/sample_records.h"
#include "validator/line_validator.h"

// The variables are NUL-separated, as in /proc/PID/environ.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vitals;
  const std::string text{fuzz::text_of(data, size)};
  std::vector<const char*> environment;
  for (std::size_t at = 0; at < text.size(); at += std::char_traits<char>::length(&text[at]) + 1) {
    environment.push_back(&text[at]);
  }
  environment.push_back(nullptr);

  const auto loaded = load_settings(environment.data());
  for (const auto& warning : loaded.warnings) {
    fuzz::promise(warning.size() <= 1024, "a warning is short");
    fuzz::promise(std::all_of(warning.begin(), warning.end(), [](char c) { return c >= ' '; }),
                  "a warning is one line without control characters");
  }
  emf::LineEncoder encoder{loaded.settings.emf};
  const auto record = test::insights_example();
  const std::string line{encoder.encode(record)};
  // Settings of a user's own may make longer lines than 4,096 bytes: docs/configuration.md says which.
  for (const auto& fault : validator::faults(line, test::sample_time_ms, {.vitals = true, .max_bytes = 1'048'576})) {
    std::fprintf(stderr, "%s\n%s\n", fault.c_str(), line.c_str());
    fuzz::promise(false, "every line is valid");
  }
  return 0;
}
