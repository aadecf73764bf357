// LAMBDA_VITALS_FIELDS: the user's own fields, the same on every record.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace vitals::config {

using CustomFields = std::vector<std::pair<std::string, std::string>>;

// The most names that one dimension set may have.
inline constexpr std::size_t most_custom_fields = 30;
inline constexpr std::size_t longest_custom_key = 64;
inline constexpr std::size_t longest_custom_value = 256;
// Limit of the whole setting: with it, a line of the default settings still fits the 4,096 bytes that a pipe accepts in
// one piece. (In Lambda all variables of a function have 4 KB.)
inline constexpr std::size_t longest_custom_fields = 1024;

// key=value,key=value. A key is [A-Za-z_][A-Za-z0-9_.-]*, appears once and is not one of the record's names. A value is
// UTF-8 without control characters, and not empty.
[[nodiscard]] Result<CustomFields> parse_custom_fields(std::string_view value);

}  // namespace vitals::config
