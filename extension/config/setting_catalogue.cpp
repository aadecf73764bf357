#include "config/setting_catalogue.h"

#include <array>

namespace vitals {

namespace {

using config::Setting;

struct Row {
  Setting setting;
  SettingInfo info;
};

constexpr Row rows[] = {
    {Setting::name_space, {"LAMBDA_VITALS_NAMESPACE", "LambdaInsights", "CloudWatch namespace of the metrics."}},
    {Setting::metrics,
     {"LAMBDA_VITALS_METRICS", "default",
      "Fields that are published as metrics: `default`, `all`, `none`, or a comma list of fields; `+name` and `-name` "
      "edit the default."}},
    {Setting::dimensions,
     {"LAMBDA_VITALS_DIMENSIONS", "function_name;function_name,version",
      "Dimension sets of the metrics, separated by `;`, the names in a set by `,`; `none` is the empty set."}},
    {Setting::fields,
     {"LAMBDA_VITALS_FIELDS", "",
      "Your own fields, added to every record, as `key=value` separated by `,`; usable as dimensions."}},
    {Setting::record,
     {"LAMBDA_VITALS_RECORD", "full",
      "Which fields a record has: `full`, all of them; `compact`, only those of Lambda Insights."}},
    {Setting::lines,
     {"LAMBDA_VITALS_LINES", "all",
      "Which invocations get a line of their own: `all`, `notable`, `1/N` or `notable,1/N`; the values of the others "
      "are "
      "in a summary a minute, and every metric stays exact."}},
    {Setting::high_resolution,
     {"LAMBDA_VITALS_HIGH_RESOLUTION", "false",
      "Whether CloudWatch stores the metrics by the second (StorageResolution 1) rather than by the minute."}},
    {Setting::emit,
     {"LAMBDA_VITALS_EMIT", "async",
      "When lines are written: `async` never keeps the sandbox awake; `sync` writes every line before the freeze, and "
      "adds a few billed milliseconds."}},
    {Setting::sample_interval_ms,
     {"LAMBDA_VITALS_SAMPLE_INTERVAL_MS", "auto",
      "Milliseconds between two samples of memory and other gauges in an invocation, 1 to 10000; `auto` starts with "
      "short intervals and then lengthens them."}},
    {Setting::interval_s,
     {"LAMBDA_VITALS_INTERVAL_S", "60",
      "Managed Instances: seconds between two lines of the environment, 10 to 3600."}},
    {Setting::availability_zone,
     {"LAMBDA_VITALS_AVAILABILITY_ZONE", "false",
      "Whether to ask Lambda's metadata endpoint, once a sandbox, for its availability zone."}},
    {Setting::telemetry,
     {"LAMBDA_VITALS_TELEMETRY", "auto",
      "Whether to subscribe to the Telemetry API, if there is one: `auto` or `off`."}},
    {Setting::telemetry_port,
     {"LAMBDA_VITALS_TELEMETRY_PORT", "4243",
      "TCP port that receives telemetry; if it is in use, any free one is used; 0 is any."}},
    {Setting::network_interfaces,
     {"LAMBDA_VITALS_NETWORK_INTERFACES", "auto",
      "Comma list of the network interfaces to count; `auto` finds the sandbox's data interfaces."}},
    {Setting::log_level,
     {"LAMBDA_VITALS_LOG_LEVEL", "warn",
      "Lowest level of Lambda Vitals' diagnostics on standard error: `trace`, `debug`, `info`, `warn`, "
      "`error`, `off`."}},
    {Setting::enabled,
     {"LAMBDA_VITALS_ENABLED", "true",
      "`false` keeps the extension registered only for SHUTDOWN: it measures and writes nothing."}},
};

constexpr auto catalogue_of_settings = [] {
  std::array<SettingInfo, std::size(rows)> out{};
  for (const Row& row : rows) out[static_cast<std::size_t>(row.setting)] = row.info;
  return out;
}();

constexpr bool rows_are_in_the_order_of_the_enum() {
  for (std::size_t at = 0; at < std::size(rows); ++at) {
    if (static_cast<std::size_t>(rows[at].setting) != at) return false;
  }
  return static_cast<std::size_t>(Setting::enabled) + 1 == std::size(rows);
}
static_assert(rows_are_in_the_order_of_the_enum());

}  // namespace

std::span<const SettingInfo> setting_catalogue() {
  return catalogue_of_settings;
}

}  // namespace vitals
