// LAMBDA_VITALS_DIMENSIONS: the dimension sets in which every metric is published.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/custom_fields.h"

namespace vitals::config {

using DimensionSets = std::vector<std::vector<std::string>>;

// CloudWatch's own limit.
inline constexpr std::size_t most_names_in_a_set = 30;
// Every set is one more billed series of every metric, and takes space on every line.
inline constexpr std::size_t most_dimension_sets = 10;

[[nodiscard]] DimensionSets default_dimension_sets();

// a;a,b is two sets. A name is a string field of the record, or one of `custom_fields` with a value that CloudWatch
// accepts for a dimension. request_id and trace_id are refused: each of their values would be a billed metric;
// line_reason, too, which not every invocation has. `none` instead of a set is the set without names. A name or a set
// that appears twice counts once.
[[nodiscard]] Result<DimensionSets> parse_dimension_sets(std::string_view value, const CustomFields& custom_fields);

}  // namespace vitals::config
