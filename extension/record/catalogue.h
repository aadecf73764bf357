// The catalogue: one table of all fields of a record, in the order of the line. Its rows are in fields.def.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vitals {

// A field of the record, in the order of the line. The names are the line's own.
enum class Field : std::uint8_t {
#define VITALS_FIELD(name, kind, unit, source, metric, description) name,
#include "record/fields.def"
#undef VITALS_FIELD
};
inline constexpr std::array all_fields{
#define VITALS_FIELD(name, kind, unit, source, metric, description) Field::name,
#include "record/fields.def"
#undef VITALS_FIELD
};
inline constexpr std::size_t field_count = all_fields.size();

enum class Kind : std::uint8_t {
  text,        // a JSON string
  word,        // a JSON string that has at most 64 bytes on the line: an id, or one of a few words
  boolean,     // true or false
  whole,       // a number without decimals
  thousandths  // a number with up to three decimals; stored as a whole number of thousandths
};

// One row of the catalogue.
struct FieldInfo {
  Field field;
  std::string_view name;  // the member's name on the line
  Kind kind;
  std::string_view unit;         // the EMF unit of the metric ("Milliseconds", …, "None"); empty: not a number
  bool insights;                 // a field of AWS Lambda Insights, with the same name and meaning
  bool default_metric;           // published as a metric by default
  std::string_view description;  // one sentence for docs/metrics.md
};

// The whole table; index it with a Field.
extern const std::array<FieldInfo, field_count> catalogue;

[[nodiscard]] inline const FieldInfo& info(Field field) {
  return catalogue[static_cast<std::size_t>(field)];
}
[[nodiscard]] constexpr bool is_number(const FieldInfo& row) {
  return row.kind == Kind::whole || row.kind == Kind::thousandths;
}

// Whether the field can be published as a metric: a number that was measured, which these two are not.
[[nodiscard]] constexpr bool can_be_metric(const FieldInfo& row) {
  return is_number(row) && row.field != Field::sample_weight && row.field != Field::cold_starts;
}

[[nodiscard]] constexpr bool is_text(const FieldInfo& row) {
  return row.kind == Kind::text || row.kind == Kind::word;
}

// Whether the compact record has the field: those of Lambda Insights, except the three agent_… ones, which concern this
// extension and not the function (docs/metrics.md).
[[nodiscard]] constexpr bool is_compact(const FieldInfo& row) {
  return row.insights && !row.name.starts_with("agent_");
}

// The field of that name, if it exists.
[[nodiscard]] std::optional<Field> find_field(std::string_view name);

}  // namespace vitals
