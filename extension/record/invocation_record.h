// InvocationRecord: the values of one invocation's line. Absent is not zero: a field that was not set is not on the
// line, and its metric is not in the directive.
#pragma once

#include <array>
#include <cassert>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <variant>

#include "record/field_set.h"

namespace vitals {

// A field's value; monostate is absent. A number is in the field's unit, or in thousandths of it for
// Kind::thousandths.
using Value = std::variant<std::monostate, bool, std::int64_t, std::string_view>;

// Collects the values of one line. Strings are views: they must live until the record has been encoded.
class InvocationRecord {
 public:
  // Milliseconds since the epoch at which the invocation started: `_aws.Timestamp`.
  std::int64_t timestamp_ms = 0;

  // An empty string stays absent: EMF forbids empty dimension values, and an empty field has no information.
  void set_text(Field field, std::string_view text) {
    assert(is_text(info(field)));
    if (!text.empty()) at(field) = text;
  }
  void set_flag(Field field, bool flag) {
    assert(info(field).kind == Kind::boolean);
    at(field) = flag;
  }
  void set_whole(Field field, std::int64_t number) {
    assert(info(field).kind == Kind::whole);
    at(field) = number;
  }
  void set_thousandths(Field field, std::int64_t thousandths) {
    assert(info(field).kind == Kind::thousandths);
    at(field) = thousandths;
  }
  // A duration for a field in Milliseconds, to the microsecond, rounded down.
  void set_duration(Field field, std::chrono::nanoseconds duration) {
    set_thousandths(field, std::chrono::floor<std::chrono::microseconds>(duration).count());
  }
  // Bytes for a field in Megabytes (2^20), rounded to the nearest thousandth.
  void set_megabytes(Field field, std::int64_t bytes) {
    set_thousandths(field, bytes / 1048576 * 1000 + (bytes % 1048576 * 1000 + 524288) / 1048576);
  }

  // The same value as in another record; a string's view is copied. Absent there, it stays as it is here.
  void copy(Field field, const InvocationRecord& from) {
    if (from.has(field)) at(field) = from.get(field);
  }

  [[nodiscard]] const Value& get(Field field) const { return values_[static_cast<std::size_t>(field)]; }
  [[nodiscard]] bool has(Field field) const { return fields_.test(field); }
  // Those that the record has.
  [[nodiscard]] const FieldSet& fields() const { return fields_; }

 private:
  Value& at(Field field) {
    fields_.set(field);
    return values_[static_cast<std::size_t>(field)];
  }
  FieldSet fields_;
  std::array<Value, field_count> values_{};
};

}  // namespace vitals
