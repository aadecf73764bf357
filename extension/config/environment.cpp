#include "config/environment.h"

#include <algorithm>

#include "config/text.h"

namespace vitals::config {

Environment::Environment(const char* const* environment) {
  if (environment == nullptr) return;
  for (; *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    if (!entry.starts_with(own_prefix) && !entry.starts_with(platform_prefix)) continue;
    const auto equals = entry.find('=');
    if (equals == std::string_view::npos) continue;
    variables_.push_back({entry.substr(0, equals), trimmed(entry.substr(equals + 1))});
  }
}

std::string_view Environment::get(std::string_view name) const {
  const auto found =
      std::find_if(variables_.begin(), variables_.end(), [&](const Variable& each) { return each.name == name; });
  return found == variables_.end() ? std::string_view{} : found->value;
}

}  // namespace vitals::config
