// JSON read more strictly than by most: one object and nothing before or after it, UTF-8, every key once.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitals::validator {

using Json = nlohmann::ordered_json;  // keeps the members in the order of the line
using Faults = std::vector<std::string>;

// The object that `text` is, or nothing. Whatever is wrong with the text is added to `faults`; with a key that is there
// twice there is a fault and an object.
[[nodiscard]] std::optional<Json> read_strictly(std::string_view text, Faults& faults);

// `text` in quotes for a message: other than printable ASCII shown as ?, cut when it is long.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace vitals::validator
