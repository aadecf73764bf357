#include "config/warnings.h"

#include <algorithm>

#include "config/settings.h"
#include "config/text.h"

namespace vitals::config {

void Warnings::add_bad_value(std::string_view name, std::string_view value, std::string_view problem,
                             std::string_view instead) {
  std::string text{name};
  text.append("=").append(shown(value)).append(": ").append(problem).append("; using ").append(instead);
  texts_.push_back(std::move(text));
}

void Warnings::add_unknown_names(const Environment& environment) {
  std::vector<std::string_view> known;
  for (const SettingInfo& setting : setting_catalogue()) known.push_back(setting.name.substr(own_prefix.size()));

  std::size_t unknown = 0;
  for (const Variable& variable : environment.all()) {
    if (!variable.name.starts_with(own_prefix)) continue;
    const std::string_view name = variable.name.substr(own_prefix.size());
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (++unknown > most_unknown_names) continue;
    // Its value is not reported: it may be a secret.
    std::string text = shown(variable.name) + " is not a setting of Lambda Vitals";
    if (const std::string_view meant = nearest(name, known); !meant.empty()) {
      text.append("; did you mean ").append(own_prefix).append(meant).append("?");
    }
    texts_.push_back(std::move(text));
  }
  if (unknown > most_unknown_names) {
    texts_.push_back(std::to_string(unknown - most_unknown_names) +
                     " more variables that start with LAMBDA_VITALS_ are not settings of Lambda Vitals");
  }
}

}  // namespace vitals::config
