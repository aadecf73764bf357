// LineValidator: says what is wrong with a line of Lambda Vitals. The unit tests, the end-to-end tests, the fuzzers and
// the tool emf-validate all ask it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace vitals::validator {

struct Rules {
  bool vitals = true;  // what Lambda Vitals promises of its lines; false: only EMF's own rules
  // With the newline. A line of the default settings keeps to 4,096, so that one write to a pipe takes it in one piece.
  std::size_t max_bytes = 4096;
};

class LineValidator {
 public:
  explicit LineValidator(Rules rules = {}) : rules_(rules) {}

  // The faults of the next line, given with its newline; none when it is right. `now_ms`: milliseconds since the epoch.
  // A request_id that an earlier line had is a fault.
  [[nodiscard]] std::vector<std::string> faults(std::string_view line, std::int64_t now_ms);

 private:
  Rules rules_;
  std::unordered_set<std::string> request_ids_;
};

// The faults of a line by itself.
[[nodiscard]] std::vector<std::string> faults(std::string_view line, std::int64_t now_ms, Rules rules = {});

}  // namespace vitals::validator
