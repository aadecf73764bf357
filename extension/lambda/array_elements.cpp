#include "lambda/array_elements.h"

#include <array>
#include <utility>

namespace vitals::lambda {

namespace {

constexpr std::size_t distinguished = 64;  // brackets whose kind is known

// The search costs one table look-up for each character.
using CharacterSet = std::array<bool, 256>;

constexpr CharacterSet set_of(std::string_view characters) {
  CharacterSet set{};
  for (const char character : characters) set[static_cast<unsigned char>(character)] = true;
  return set;
}

constexpr CharacterSet ends_plain_string = set_of("\"\\");
constexpr CharacterSet structural = set_of("\",{}[]");

bool blank(char character) {
  return character == ' ' || character == '\n' || character == '\r' || character == '\t';
}

}  // namespace

void ArrayElements::feed(std::string_view piece) {
  while (!piece.empty()) {
    piece.remove_prefix(take_plain(piece));
    if (piece.empty()) return;
    take(piece.front());
    piece.remove_prefix(1);
  }
}

// Takes all leading characters that only add to the element, which are most of it. Returns their number.
std::size_t ArrayElements::take_plain(std::string_view piece) {
  if (state_ != State::inside || escaped_) return 0;
  if (!too_long_) piece = piece.substr(0, longest_ - text_.size());
  const CharacterSet& sought = in_string_ ? ends_plain_string : structural;
  std::size_t size = 0;
  while (size < piece.size() && !sought[static_cast<unsigned char>(piece[size])]) ++size;
  if (!too_long_) text_.append(piece.substr(0, size));
  return size;
}

void ArrayElements::end() {
  while (state_ == State::inside) {
    if (depth_ == 0 && !in_string_) {
      finish_element();
    } else {
      left_out();
      if (!search()) state_ = State::after;
    }
  }
  if (state_ != State::after) left_out();
  state_ = State::before;
  searches_ = 0;
}

void ArrayElements::take(char character) {
  switch (state_) {
    case State::before:
      if (blank(character)) return;
      if (character != '[') left_out();
      state_ = character == '[' ? State::between : State::after;
      return;
    case State::between:
      if (blank(character) || character == ',') return;
      if (character == ']') {
        state_ = State::after;
        return;
      }
      state_ = State::inside;
      text_.clear();
      in_string_ = escaped_ = too_long_ = false;
      depth_ = 0;
      take_inside(character);
      return;
    case State::inside:
      take_inside(character);
      return;
    case State::after:
      return;
  }
}

void ArrayElements::take_inside(char character) {
  const bool outermost = depth_ == 0 && !in_string_;
  if (outermost && (character == ',' || character == ']')) {
    finish_element();
    if (state_ == State::inside) {
      take_inside(character);
    } else {
      take(character);
    }
    return;
  }
  if (text_.size() == longest_ && !too_long_) {
    left_out();
    if (search()) {
      take(character);
      return;
    }
    too_long_ = true;
  }
  if (!too_long_) text_ += character;
  if (in_string_) {
    if (!escaped_ && character == '"') in_string_ = false;
    escaped_ = !escaped_ && character == '\\';
  } else if (character == '"') {
    in_string_ = true;
  } else if (character == '{' || character == '[') {
    if (depth_ < distinguished) {
      const std::uint64_t bit = std::uint64_t{1} << depth_;
      objects_ = character == '{' ? objects_ | bit : objects_ & ~bit;
    }
    ++depth_;
  } else if ((character == '}' || character == ']') && depth_ > 0) {
    // A bracket of the wrong kind closes nothing: the element is broken, and ends where its own bracket is closed.
    const bool matches = depth_ > distinguished || ((objects_ >> (depth_ - 1)) & 1U) == (character == '}' ? 1U : 0U);
    if (matches) --depth_;
  }
}

void ArrayElements::finish_element() {
  state_ = State::between;
  if (!too_long_ && !element(text_)) search();
}

// Continues in a broken element where the next one seems to begin. False if there is no such place.
bool ArrayElements::search() {
  const auto found = text_.find(begin_, 1);
  if (found == std::string::npos || searches_ == max_searches) return false;
  ++searches_;
  const std::string rest = std::exchange(text_, {}).substr(found);
  state_ = State::between;
  feed(rest);
  return true;
}

}  // namespace vitals::lambda
