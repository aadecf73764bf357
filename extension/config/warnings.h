// Warnings: what was wrong with the environment, as sentences for a person, one for each variable.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/environment.h"

namespace vitals::config {

// More misspelt names than this in one function are not misspelt; the rest is counted in one more warning. Together
// with one for each known variable this is more than base/rate_limit.h lets through at once, but only for a hostile
// one.
inline constexpr std::size_t most_unknown_names = 5;

class Warnings {
 public:
  // `name` has a value that cannot be used: `problem` says what is allowed, `instead` what is used.
  void add_bad_value(std::string_view name, std::string_view value, std::string_view problem, std::string_view instead);

  // Every variable that starts with LAMBDA_VITALS_ and is no setting.
  void add_unknown_names(const Environment& environment);

  [[nodiscard]] std::vector<std::string> take() { return std::move(texts_); }

 private:
  std::vector<std::string> texts_;
};

}  // namespace vitals::config
