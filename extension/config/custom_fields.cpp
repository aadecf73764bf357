#include "config/custom_fields.h"

#include <algorithm>

#include "config/text.h"
#include "emf/json_text.h"
#include "record/catalogue.h"

namespace vitals::config {

namespace {

bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}
bool is_key_character(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

bool is_key(std::string_view key) {
  return !key.empty() && key.size() <= longest_custom_key && is_letter(key.front()) &&
         std::all_of(key.begin(), key.end(), is_key_character);
}

// Names that have another meaning on the line.
bool is_taken(std::string_view key) {
  return key == "_aws" || key == "timestamp" || key == "level" || find_field(key).has_value();
}

bool is_value(std::string_view value) {
  if (value.empty() || value.size() > longest_custom_value) return false;
  while (!value.empty()) {
    const std::size_t character = emf::utf8_character(value);
    const auto first = static_cast<unsigned char>(value.front());
    if (character == 0 || first < 0x20 || first == 0x7F) return false;
    value.remove_prefix(character);
  }
  return true;
}

Error malformed(std::string problem) {
  return {ErrorCode::malformed, std::move(problem)};
}

}  // namespace

Result<CustomFields> parse_custom_fields(std::string_view value) {
  if (value.size() > longest_custom_fields) {
    return Error{ErrorCode::out_of_range, "must have at most " + std::to_string(longest_custom_fields) + " bytes"};
  }
  CustomFields fields;
  while (const auto item = next_item(value, ',')) {
    const std::string_view key = trimmed(item->substr(0, item->find('=')));
    if (key.size() == item->size()) return malformed(shown(*item) + " must be key=value");
    const std::string_view text = trimmed(item->substr(item->find('=') + 1));
    if (!is_key(key))
      return malformed(shown(key) + " is not a key of letters, digits and _.- that starts with a letter");
    if (is_taken(key)) return malformed(shown(key) + " is already a name of the record");
    if (!is_value(text)) return malformed(shown(key) + " must have a value of 1 to 256 bytes of UTF-8 text");
    const bool twice = std::any_of(fields.begin(), fields.end(), [&](const auto& field) { return field.first == key; });
    if (twice) return malformed(shown(key) + " appears twice");
    if (fields.size() == most_custom_fields) {
      return Error{ErrorCode::out_of_range, "must have at most " + std::to_string(most_custom_fields) + " fields"};
    }
    fields.emplace_back(key, text);
  }
  if (fields.empty()) return malformed("must be key=value,...");
  return fields;
}

}  // namespace vitals::config
