// FieldSet: some of the record's fields, such as those that a line may have. It grows with the catalogue.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "record/catalogue.h"

namespace vitals {

class FieldSet {
 public:
  [[nodiscard]] constexpr bool test(Field field) const { return (words_[word_of(field)] & bit_of(field)) != 0; }
  constexpr void set(Field field, bool is_in = true) {
    if (is_in) {
      words_[word_of(field)] |= bit_of(field);
    } else {
      words_[word_of(field)] &= ~bit_of(field);
    }
  }
  constexpr void reset(Field field) { set(field, false); }

  [[nodiscard]] constexpr std::size_t count() const {
    std::size_t fields = 0;
    for (const std::uint64_t word : words_) fields += static_cast<std::size_t>(std::popcount(word));
    return fields;
  }

  constexpr FieldSet& operator&=(const FieldSet& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
    return *this;
  }
  constexpr FieldSet& operator|=(const FieldSet& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
    return *this;
  }
  friend constexpr FieldSet operator&(FieldSet left, const FieldSet& right) { return left &= right; }
  friend constexpr bool operator==(const FieldSet&, const FieldSet&) = default;

  [[nodiscard]] constexpr bool contains(const FieldSet& other) const { return (*this & other) == other; }

  // Calls `visit` with each of the fields, in the order of the line.
  template <class Visit>
  constexpr void for_each(Visit visit) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      for (std::uint64_t rest = words_[i]; rest != 0; rest &= rest - 1) {
        visit(static_cast<Field>(i * 64 + static_cast<std::size_t>(std::countr_zero(rest))));
      }
    }
  }

 private:
  static constexpr std::size_t word_of(Field field) { return static_cast<std::size_t>(field) / 64; }
  static constexpr std::uint64_t bit_of(Field field) {
    return std::uint64_t{1} << static_cast<std::size_t>(field) % 64;
  }

  std::array<std::uint64_t, (field_count + 63) / 64> words_{};
};

// The fields whose row in the catalogue `holds`.
template <class Holds>
[[nodiscard]] FieldSet fields_that(Holds holds) {
  FieldSet set;
  for (const FieldInfo& row : catalogue) set.set(row.field, holds(row));
  return set;
}

}  // namespace vitals
