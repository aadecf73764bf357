// KeptRecord: a record that outlives what its strings point to, because it has copies of them. Its memory is reused.
#pragma once

#include <cstddef>
#include <string>

#include "record/invocation_record.h"

namespace vitals {

class KeptRecord {
 public:
  KeptRecord() { strings_.reserve(usual_strings); }
  KeptRecord(const KeptRecord&) = delete;
  KeptRecord& operator=(const KeptRecord&) = delete;
  KeptRecord(KeptRecord&&) = default;  // the strings stay where they are: they are never short enough to move
  KeptRecord& operator=(KeptRecord&&) = default;
  ~KeptRecord() = default;

  // Copies those `fields` that the record has, and its timestamp. Allocates only for strings that are longer together
  // than all before.
  void assign(const InvocationRecord& record, const FieldSet& fields);

  [[nodiscard]] const InvocationRecord& record() const { return record_; }
  [[nodiscard]] InvocationRecord& record() { return record_; }

 private:
  static constexpr std::size_t usual_strings = 512;  // bytes

  InvocationRecord record_;
  std::string strings_;
};

}  // namespace vitals
