// The names of the settings for the code: Setting is an index into setting_catalogue().
#pragma once

#include <cstddef>

#include "config/settings.h"

namespace vitals::config {

enum class Setting : std::size_t {
  name_space,
  metrics,
  dimensions,
  fields,
  record,
  lines,
  high_resolution,
  emit,
  sample_interval_ms,
  interval_s,
  availability_zone,
  telemetry,
  telemetry_port,
  network_interfaces,
  log_level,
  enabled,
};

[[nodiscard]] inline const SettingInfo& info(Setting setting) {
  return setting_catalogue()[static_cast<std::size_t>(setting)];
}

}  // namespace vitals::config
