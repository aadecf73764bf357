// Settings: the environment, read and validated once at start. Only this folder reads environment variables. A bad
// value is one warning and the default, never a failed function.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "emf/options.h"

namespace vitals {

// LAMBDA_VITALS_EMIT: async never keeps the sandbox awake; sync delays event/next until runtimeDone.
enum class Emit { async, sync };

enum class LogLevel { trace, debug, info, warn, error, off };

// LAMBDA_VITALS_LINES: which invocations get a line of their own. The values of the others are in summaries.
struct LineChoice {
  bool notable = false;     // those that ask for attention
  std::int64_t one_in = 0;  // a sample: one in so many; 0: none
  bool all() const { return !notable && one_in == 0; }
};

// What the platform reports about the function. A variable that is not set is empty or absent.
struct FunctionInfo {
  std::string name;                       // AWS_LAMBDA_FUNCTION_NAME
  std::optional<std::int64_t> memory_mb;  // AWS_LAMBDA_FUNCTION_MEMORY_SIZE
  std::string initialization_type;        // AWS_LAMBDA_INITIALIZATION_TYPE
};

// Of the execution environment. The token is a secret: no message shows it.
struct MetadataEndpoint {
  std::string address;  // AWS_LAMBDA_METADATA_API
  std::string token;    // AWS_LAMBDA_METADATA_TOKEN
};

struct Settings {
  FunctionInfo function;
  emf::Options emf;
  FieldSet named;  // the fields that LAMBDA_VITALS_METRICS names one by one
  LineChoice lines;
  Emit emit = Emit::async;
  std::optional<std::chrono::milliseconds> sample_interval;  // absent: auto
  bool managed = false;                                      // many invocations at once: Managed Instances
  std::chrono::seconds interval{60};                         // if managed: between two environment lines
  std::optional<MetadataEndpoint> metadata;                  // asked for the availability zone; absent: not asked
  bool telemetry = true;
  std::uint16_t telemetry_port = 4243;
  std::vector<std::string> network_interfaces;  // empty: auto
  LogLevel log_level = LogLevel::warn;
  bool enabled = true;
};

// What the registration needs. It is sent before the other settings are read. A bad value is replaced by the default;
// load_settings warns.
struct RegistrationSettings {
  std::string_view runtime_api;  // AWS_LAMBDA_RUNTIME_API, host:port; empty: not in Lambda
  bool enabled = true;
  bool managed = false;     // AWS_LAMBDA_INITIALIZATION_TYPE is that of Managed Instances
  bool snap_start = false;  // or that of SnapStart
};

// AWS_LAMBDA_INITIALIZATION_TYPE of Managed Instances, which run many invocations at once in one sandbox.
inline constexpr std::string_view managed_instances = "lambda-managed-instances";
// And of SnapStart, where every sandbox is restored from a snapshot that was taken after the init.
inline constexpr std::string_view snap_start = "snap-start";

// Reads an environment as load_settings does.
[[nodiscard]] RegistrationSettings load_registration_settings(const char* const* environment);
[[nodiscard]] RegistrationSettings load_registration_settings();

// One row of docs/configuration.md.
struct SettingInfo {
  std::string_view name;           // LAMBDA_VITALS_…
  std::string_view default_value;  // as a user would write it
  std::string_view description;
};
// All settings, in the order of the documentation.
[[nodiscard]] std::span<const SettingInfo> setting_catalogue();

struct LoadedSettings {
  Settings settings;
  std::vector<std::string> warnings;  // one for each bad value or unknown LAMBDA_VITALS_ variable
};

// Reads an environment: strings NAME=VALUE, as in environ(7), with a null pointer at the end. Time and result are
// bounded whatever the environment holds: see the limits at each parser.
// `managed`: this is a Managed Instance, whatever the environment says.
[[nodiscard]] LoadedSettings load_settings(const char* const* environment, bool managed = false);

// The same for the process's own environment.
[[nodiscard]] LoadedSettings load_settings(bool managed = false);

}  // namespace vitals
