#include "validator/strict_json.h"

#include <set>

namespace vitals::validator {

namespace {

// Receives every key while the text is parsed, and finds those that one object has twice.
class Duplicates {
 public:
  explicit Duplicates(Faults& faults) : faults_(faults) {}

  bool operator()(int /*depth*/, Json::parse_event_t event, const Json& value) {
    if (event == Json::parse_event_t::object_start) {
      keys_.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      keys_.pop_back();
    } else if (event == Json::parse_event_t::key) {
      const auto& key = value.get_ref<const std::string&>();
      if (!keys_.back().insert(key).second) faults_.push_back("key " + shown(key) + " is there twice");
    }
    return true;
  }

 private:
  Faults& faults_;
  std::vector<std::set<std::string>> keys_;  // of the objects that are open
};

}  // namespace

std::optional<Json> read_strictly(std::string_view text, Faults& faults) {
  if (!text.starts_with('{') || !text.ends_with('}')) {
    faults.push_back("there is something before or after the object");
    return std::nullopt;
  }
  try {
    return Json::parse(text, Duplicates{faults});
  } catch (const Json::exception& error) {
    // Its text quotes the input, bytes that are not UTF-8 included.
    std::string message = error.what();
    for (char& c : message) c = c >= 0x20 && c <= 0x7E ? c : '?';
    faults.push_back("not JSON: " + message);
    return std::nullopt;
  }
}

std::string shown(std::string_view text) {
  constexpr std::size_t longest = 80;
  std::string out = "\"";
  for (const char c : text.substr(0, longest)) out += c >= 0x20 && c <= 0x7E ? c : '?';
  out += text.size() > longest ? "...\"" : "\"";
  return out;
}

}  // namespace vitals::validator
