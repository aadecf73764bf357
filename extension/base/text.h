// Text: a short string without heap memory, for what comes with every event: in steady state nothing is allocated for
// it.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>

namespace vitals {

// Holds at most `Most` bytes; a longer string is truncated. If a truncated one would be wrong, call fits() first.
template <std::size_t Most>
class Text {
 public:
  Text() = default;
  // Implicit, like a std::string from a literal.
  template <std::convertible_to<std::string_view> Source>
  Text(const Source& text) {
    append(text);
  }

  [[nodiscard]] static constexpr bool fits(std::string_view text) { return text.size() <= Most; }

  void append(std::string_view text) {
    text = text.substr(0, Most - size_);
    std::copy(text.begin(), text.end(), bytes_.data() + size_);
    size_ += text.size();
  }
  // Keeps the first `size` bytes, or all if there are fewer.
  void cut(std::size_t size) { size_ = std::min(size, size_); }
  void clear() { size_ = 0; }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::string_view view() const { return {bytes_.data(), size_}; }
  operator std::string_view() const { return view(); }

  friend bool operator==(const Text& left, const Text& right) { return left.view() == right.view(); }
  template <std::convertible_to<std::string_view> Other>
  friend bool operator==(const Text& left, const Other& right) {
    return left.view() == std::string_view{right};
  }

 private:
  std::size_t size_ = 0;
  std::array<char, Most> bytes_{};
};

}  // namespace vitals
