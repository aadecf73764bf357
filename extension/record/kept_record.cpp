#include "record/kept_record.h"

namespace vitals {

void KeptRecord::assign(const InvocationRecord& record, const FieldSet& fields) {
  const FieldSet kept = record.fields() & fields;
  std::size_t bytes = 0;
  kept.for_each([&](Field field) {
    if (const auto* text = std::get_if<std::string_view>(&record.get(field))) bytes += text->size();
  });
  strings_.clear();
  strings_.reserve(bytes);  // no string moves from here on
  record_ = InvocationRecord{};
  record_.timestamp_ms = record.timestamp_ms;
  kept.for_each([&](Field field) {
    const auto* text = std::get_if<std::string_view>(&record.get(field));
    if (text == nullptr) {
      record_.copy(field, record);
      return;
    }
    const std::size_t at = strings_.size();
    strings_.append(*text);
    record_.set_text(field, std::string_view{strings_}.substr(at));
  });
}

}  // namespace vitals
