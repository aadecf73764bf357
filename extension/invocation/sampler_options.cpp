#include "invocation/sampler_options.h"

#include <algorithm>
#include <initializer_list>

#include "record/field_set.h"

namespace vitals {

namespace {

bool any_on_the_line(const FieldSet& line, std::initializer_list<Field> fields) {
  return std::any_of(fields.begin(), fields.end(), [&line](Field field) { return line.test(field); });
}

// When a plain counter is read: see sampling/measures.def.
[[maybe_unused]] bool always(const Settings& /*settings*/, Field /*field*/) {
  return true;
}
[[maybe_unused]] bool named(const Settings& settings, Field field) {
  return settings.named.test(field);
}

}  // namespace

SamplerOptions sampler_options(const Settings& settings) {
  const FieldSet& line = settings.emf.fields;
  SamplerOptions options;
  options.network_interfaces = settings.network_interfaces;
  options.disk_bytes = any_on_the_line(line, {Field::disk_read_bytes, Field::disk_write_bytes});
  options.high_water_marks = any_on_the_line(line, {Field::memory_peak});
  if (settings.lines.notable) options.high_water_marks = true;  // whose memory_peak is near the memory size
  options.cpu_wait = any_on_the_line(line, {Field::cpu_wait_time});
  options.cpu_wait_of_threads = settings.named.test(Field::cpu_wait_time);
  if (settings.managed && any_on_the_line(line, {Field::memory_utilization_max})) options.high_water_marks = true;
#define VITALS_COUNTER(counter, type, field, when) options.counters.counter = when(settings, Field::field);
#include "sampling/measures.def"
  return options;
}

}  // namespace vitals
