// Identifiers that would otherwise be two strings side by side, kept apart by type.
#pragma once

#include <string>
#include <utility>

namespace vitals {

template <class Tag>
class Identifier {
 public:
  Identifier() = default;
  explicit Identifier(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  friend bool operator==(const Identifier&, const Identifier&) = default;

 private:
  std::string text_;
};

using RequestId = Identifier<struct RequestIdTag>;      // of an invocation: `requestId`
using ExtensionId = Identifier<struct ExtensionIdTag>;  // of this extension: header Lambda-Extension-Identifier

}  // namespace vitals
