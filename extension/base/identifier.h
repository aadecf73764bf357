// Identifiers as distinct types: as plain strings they could be confused.
#pragma once

#include <string>
#include <string_view>

#include "base/text.h"

namespace vitals {

template <class Tag, class Storage>
class Identifier {
 public:
  Identifier() = default;
  explicit Identifier(std::string_view text) : text_(text) {}

  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  friend bool operator==(const Identifier&, const Identifier&) = default;

 private:
  Storage text_;
};

// The service's request ids have 36 characters. A longer one than this is invalid: truncated it would be another id.
using RequestIdText = Text<128>;
using RequestId = Identifier<struct RequestIdTag, RequestIdText>;    // of an invocation: `requestId`
using ExtensionId = Identifier<struct ExtensionIdTag, std::string>;  // this extension's: Lambda-Extension-Identifier

}  // namespace vitals
