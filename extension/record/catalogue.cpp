#include "record/catalogue.h"

namespace vitals {

namespace {

using enum Kind;

constexpr bool insights = true;
constexpr bool ours = false;
constexpr bool metric = true;
constexpr bool field_only = false;

constexpr std::string_view none = "None";
constexpr std::string_view count = "Count";
constexpr std::string_view percent = "Percent";
constexpr std::string_view bytes = "Bytes";
constexpr std::string_view megabytes = "Megabytes";
constexpr std::string_view milliseconds = "Milliseconds";
constexpr std::string_view no_unit;

}  // namespace

constexpr std::array<FieldInfo, field_count> catalogue = {{
#define VITALS_FIELD(name, kind, unit, source, metric, description) \
  {Field::name, #name, kind, unit, source, metric, description},
#include "record/fields.def"
#undef VITALS_FIELD
}};

namespace {

constexpr bool numbers_have_units_and_nothing_else_has() {
  for (const FieldInfo& row : catalogue) {
    if (is_number(row) == row.unit.empty()) return false;
    if (row.default_metric && !is_number(row)) return false;
  }
  return true;
}
static_assert(numbers_have_units_and_nothing_else_has());

// With more than 100 metrics CloudWatch stores the line but loses all metrics silently. A metric is a field of this
// table.
static_assert(catalogue.size() <= 100);

}  // namespace

std::optional<Field> find_field(std::string_view name) {
  for (const FieldInfo& row : catalogue) {
    if (row.name == name) return row.field;
  }
  return std::nullopt;
}

}  // namespace vitals
