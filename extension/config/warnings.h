// Warnings: problems in the environment, as sentences for the user, one for each variable.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/environment.h"

namespace vitals::config {

// Further misspelt names are counted in one more warning. Together with one for each known variable this is more than
// base/rate_limit.h admits at once, but only in a hostile environment.
inline constexpr std::size_t most_unknown_names = 5;

class Warnings {
 public:
  // `name` has an unusable value: `problem` is what is allowed, `instead` what is used.
  void add_bad_value(std::string_view name, std::string_view value, std::string_view problem, std::string_view instead);

  // Every variable that starts with LAMBDA_VITALS_ and is not a setting.
  void add_unknown_names(const Environment& environment);

  [[nodiscard]] std::vector<std::string> take() { return std::move(texts_); }

 private:
  std::vector<std::string> texts_;
};

}  // namespace vitals::config
