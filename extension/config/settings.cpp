#include "config/settings.h"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/result.h"
#include "config/custom_fields.h"
#include "config/dimension_sets.h"
#include "config/environment.h"
#include "config/metric_selection.h"
#include "config/setting_catalogue.h"
#include "config/simple_values.h"
#include "config/text.h"
#include "config/warnings.h"

namespace vitals {

namespace {

using config::Setting;

// Lambda allows 4 KB for all variables together: a longer value is not Lambda's, and is not parsed.
constexpr std::size_t longest_value = 4096;

// Lambda offers at most 10,240 MB; emulators pass on any value. 1 TB.
constexpr std::int64_t most_memory_mb = 1'048'576;

class Loader {
 public:
  Loader(const char* const* environment, bool managed) : environment_(environment), managed_(managed) {}

  LoadedSettings load() {
    LoadedSettings loaded;
    read_platform(loaded.settings);
    loaded.settings.managed = managed_ = managed_ || loaded.settings.function.initialization_type == managed_instances;
    if (managed_) loaded.settings.function.initialization_type = managed_instances;
    read_log_format(loaded.settings.emf);
    loaded.settings.named = read_metrics(loaded.settings.emf);
    read_lines(loaded.settings);
    read_behaviour(loaded.settings);
    warnings_.add_unknown_names(environment_);
    loaded.warnings = warnings_.take();
    return loaded;
  }

 private:
  // Parses a variable into `target`, which stays unchanged if the variable is not set or invalid.
  template <class T, class Parse>
  void read(std::string_view name, std::string_view instead, T& target, Parse parse) {
    const std::string_view value = environment_.get(name);
    if (value.empty()) return;
    if (value.size() > longest_value) {
      warnings_.add_bad_value(name, value, "must have at most 4096 bytes", instead);
      return;
    }
    if (auto parsed = parse(value)) {
      target = std::move(*parsed);
    } else {
      warnings_.add_bad_value(name, value, parsed.error().text, instead);
    }
  }
  template <class T, class Parse>
  void read(Setting setting, T& target, Parse parse) {
    const std::string_view fallback = info(setting).default_value;
    read(info(setting).name, fallback.empty() ? "none" : fallback, target, parse);
  }

  void read_platform(Settings& settings) {
    settings.function.name = environment_.get("AWS_LAMBDA_FUNCTION_NAME");
    settings.function.initialization_type = environment_.get("AWS_LAMBDA_INITIALIZATION_TYPE");
    read("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "no memory size", settings.function.memory_mb,
         [](std::string_view value) { return config::parse_integer(value, 1, most_memory_mb); });
  }

  // Managed Instances only have the JSON format.
  void read_log_format(emf::Options& options) const {
    if (managed_ || config::equal_ignoring_case(environment_.get("AWS_LAMBDA_LOG_FORMAT"), "JSON")) {
      options.json_log_level = config::json_log_level(environment_.get("AWS_LAMBDA_LOG_LEVEL"));
    }
  }

  // Gives the fields that are named one by one.
  FieldSet read_metrics(emf::Options& options) {
    read(Setting::name_space, options.name_space, &config::parse_namespace);
    read(Setting::high_resolution, options.high_resolution, &config::parse_switch);

    const config::MetricSelection usual = config::default_metrics(managed_);
    config::MetricSelection selection = usual;
    read(Setting::metrics, selection,
         [&usual](std::string_view value) { return config::parse_metrics(value, usual.metrics); });
    read(Setting::fields, options.custom_fields, &config::parse_custom_fields);
    options.dimension_sets = config::default_dimension_sets();
    read(Setting::dimensions, options.dimension_sets,
         [&](std::string_view value) { return config::parse_dimension_sets(value, options.custom_fields); });
    config::RecordSize size = config::RecordSize::full;
    read(Setting::record, size, &config::parse_record_size);

    options.fields = fields_on_the_line(size, selection, options.dimension_sets);
    if (managed_) options.fields |= usual.metrics;
    options.metrics = selection.metrics & options.fields;
    return selection.named;
  }

  // A field that is named as a metric or a dimension is on the line even if the record is compact.
  static FieldSet fields_on_the_line(config::RecordSize size, const config::MetricSelection& selection,
                                     const config::DimensionSets& dimension_sets) {
    FieldSet fields = selection.named;
    for (const auto& names : dimension_sets) {
      for (const std::string& name : names) {
        if (const auto field = find_field(name)) fields.set(*field);
      }
    }
    for (const FieldInfo& row : catalogue) {
      if (size == config::RecordSize::full || is_compact(row)) fields.set(row.field);
    }
    return fields;
  }

  // A summary has the values of a minute, and another event_type. Where that would change a metric, every invocation
  // keeps its line.
  void read_lines(Settings& settings) {
    LineChoice choice;
    read(Setting::lines, choice, &config::parse_lines);
    if (choice.all()) return;
    const auto& sets = settings.emf.dimension_sets;
    const bool has_event_type = std::any_of(sets.begin(), sets.end(), [](const auto& names) {
      return std::find(names.begin(), names.end(), info(Field::event_type).name) != names.end();
    });
    const char* const problem =
        settings.emf.high_resolution ? "cannot keep the second of a value for LAMBDA_VITALS_HIGH_RESOLUTION"
        : has_event_type ? "cannot keep event_type in LAMBDA_VITALS_DIMENSIONS, which is another on a summary"
                         : nullptr;
    if (problem != nullptr) {
      const SettingInfo& row = config::info(Setting::lines);
      warnings_.add_bad_value(row.name, environment_.get(row.name), problem, row.default_value);
      return;
    }
    settings.lines = choice;
    settings.emf.summaries = true;
    for (const Field field : {Field::line_reason, Field::sample_weight}) settings.emf.fields.set(field);
  }

  void read_behaviour(Settings& settings) {
    read(Setting::emit, settings.emit, &config::parse_emit);
    read(Setting::sample_interval_ms, settings.sample_interval, &config::parse_sample_interval);
    read(Setting::interval_s, settings.interval, &config::parse_interval);
    bool zone = false;
    read(Setting::availability_zone, zone, &config::parse_switch);
    if (zone && settings.emf.fields.test(Field::availability_zone)) {
      settings.metadata = MetadataEndpoint{std::string{environment_.get("AWS_LAMBDA_METADATA_API")},
                                           std::string{environment_.get("AWS_LAMBDA_METADATA_TOKEN")}};
    }
    read(Setting::telemetry, settings.telemetry, &config::parse_telemetry);
    read(Setting::telemetry_port, settings.telemetry_port, &config::parse_telemetry_port);
    read(Setting::network_interfaces, settings.network_interfaces, &config::parse_network_interfaces);
    read(Setting::log_level, settings.log_level, &config::parse_log_level);
    read(Setting::enabled, settings.enabled, &config::parse_switch);
  }

  config::Environment environment_;
  bool managed_;
  config::Warnings warnings_;
};

}  // namespace

RegistrationSettings load_registration_settings(const char* const* environment) {
  const config::Environment variables{environment};
  RegistrationSettings settings;
  settings.runtime_api = variables.get("AWS_LAMBDA_RUNTIME_API");
  const std::string_view initialization_type = variables.get("AWS_LAMBDA_INITIALIZATION_TYPE");
  settings.managed = initialization_type == managed_instances;
  settings.snap_start = initialization_type == snap_start;
  const std::string_view enabled = variables.get(info(Setting::enabled).name);
  if (enabled.empty() || enabled.size() > longest_value) return settings;
  if (const auto parsed = config::parse_switch(enabled)) settings.enabled = *parsed;
  return settings;
}

RegistrationSettings load_registration_settings() {
  return load_registration_settings(environ);
}

LoadedSettings load_settings(const char* const* environment, bool managed) {
  return Loader{environment, managed}.load();
}

LoadedSettings load_settings(bool managed) {
  return load_settings(environ, managed);
}

}  // namespace vitals
