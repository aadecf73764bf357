#include "resolver/hosts_file.h"

#include "resolver/words.h"

namespace vitals::resolver {

Addresses addresses_in_hosts(std::string_view text, std::string_view name) {
  Addresses addresses;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    line = line.substr(0, line.find('#'));
    const std::string_view address_text = take_word(line);
    bool named = false;
    for (auto word = take_word(line); !word.empty() && !named; word = take_word(line)) named = same_name(word, name);
    if (!named) continue;
    if (const auto address = parse_address(address_text)) addresses.add(*address);
  }
  return addresses;
}

}  // namespace vitals::resolver
