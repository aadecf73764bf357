// LAMBDA_VITALS_FIELDS: fields of the user's own, the same on every record.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace vitals::config {

using CustomFields = std::vector<std::pair<std::string, std::string>>;

// As many as one dimension set may have names.
inline constexpr std::size_t most_custom_fields = 30;
inline constexpr std::size_t longest_custom_key = 64;
inline constexpr std::size_t longest_custom_value = 256;
// The whole setting: a line of the default settings together with these still fits the 4,096 bytes that a pipe takes in
// one piece. (All variables of a function have 4 KB in Lambda.)
inline constexpr std::size_t longest_custom_fields = 1024;

// key=value,key=value. A key is [A-Za-z_][A-Za-z0-9_.-]*, none of the record's own names, and given once; a value is
// UTF-8 without control characters, and not empty.
[[nodiscard]] Result<CustomFields> parse_custom_fields(std::string_view value);

}  // namespace vitals::config
