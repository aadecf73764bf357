// Environment: the variables that concern this extension, as views into the process's environment.
#pragma once

#include <string_view>
#include <vector>

namespace vitals::config {

inline constexpr std::string_view own_prefix = "LAMBDA_VITALS_";
inline constexpr std::string_view platform_prefix = "AWS_LAMBDA_";

struct Variable {
  std::string_view name;
  std::string_view value;  // trimmed
};

class Environment {
 public:
  // Strings NAME=VALUE with a null pointer at the end, or null for none. They must outlive this object.
  explicit Environment(const char* const* environment);

  // The value of the first variable of that name, as getenv(3) finds it; empty if it is not set.
  [[nodiscard]] std::string_view get(std::string_view name) const;

  [[nodiscard]] const std::vector<Variable>& all() const { return variables_; }

 private:
  std::vector<Variable> variables_;  // those with one of the two prefixes
};

}  // namespace vitals::config
