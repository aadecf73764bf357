#include "config/dimension_sets.h"

#include <algorithm>

#include "config/text.h"
#include "emf/json_text.h"
#include "record/catalogue.h"

namespace vitals::config {

namespace {

using Names = std::vector<std::string>;

Error malformed(std::string problem) {
  return {ErrorCode::malformed, std::move(problem)};
}

bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The order of the names does not matter to CloudWatch: two sets with the same names would count twice.
bool same_set(const Names& a, const Names& b) {
  return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const auto& name) { return contains(b, name); });
}

// Empty if `name` can be a dimension, else the reason why not.
std::string why_not(std::string_view name, const CustomFields& custom_fields) {
  if (name == "request_id" || name == "trace_id") {
    return shown(name) + " as a dimension would create a new billed metric with every invocation";
  }
  if (name == info(Field::line_reason).name) {
    return shown(name) + " as a dimension would leave the invocations without a line of their own out of the metrics";
  }
  if (const auto field = find_field(name)) {
    return is_text(info(*field)) ? "" : shown(name) + " is not a string, so it cannot be a dimension";
  }
  const auto custom =
      std::find_if(custom_fields.begin(), custom_fields.end(), [&](const auto& field) { return field.first == name; });
  if (custom == custom_fields.end()) return shown(name) + " is neither a string field nor in LAMBDA_VITALS_FIELDS";
  return emf::is_dimension_value(custom->second) ? "" : shown(name) + " has a value that is not printable ASCII";
}

Result<Names> parse_set(std::string_view text, const CustomFields& custom_fields) {
  Names names;
  if (equal_ignoring_case(text, "none")) return names;
  while (const auto name = next_item(text, ',')) {
    if (auto problem = why_not(*name, custom_fields); !problem.empty()) return malformed(std::move(problem));
    if (contains(names, *name)) continue;
    if (names.size() == most_names_in_a_set) {
      return malformed("must have at most " + std::to_string(most_names_in_a_set) + " names in a set");
    }
    names.emplace_back(*name);
  }
  if (names.empty()) return malformed("must have a name in every set; none is the set without names");
  return names;
}

}  // namespace

DimensionSets default_dimension_sets() {
  return {{"function_name"}, {"function_name", "version"}};
}

Result<DimensionSets> parse_dimension_sets(std::string_view value, const CustomFields& custom_fields) {
  DimensionSets sets;
  while (const auto text = next_item(value, ';')) {
    auto names = parse_set(*text, custom_fields);
    if (!names) return names.error();
    if (std::any_of(sets.begin(), sets.end(), [&](const Names& other) { return same_set(*names, other); })) continue;
    if (sets.size() == most_dimension_sets) {
      return malformed("must have at most " + std::to_string(most_dimension_sets) + " sets");
    }
    sets.push_back(std::move(*names));
  }
  if (sets.empty()) return malformed("must be sets of names separated by ;");
  return sets;
}

}  // namespace vitals::config
