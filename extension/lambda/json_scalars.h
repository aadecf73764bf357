// Walks a JSON text and hands over each scalar with the path of its member, without building a document: the events of
// the Lambda APIs are small fixed shapes of which a few members matter. nlohmann_json does the parsing.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace vitals::lambda {

// A member's value. null is not handed over; a whole number beyond 64 bits comes as a double.
using Scalar = std::variant<bool, std::int64_t, double, std::string_view>;

// Receives what a JSON text holds, in the order of the text. Paths are member names joined by '.', an array's elements
// are one '[]': "record.metrics.durationMs", "[].record.spans[].name". Views are good during the call alone.
class ScalarVisitor {
 public:
  virtual ~ScalarVisitor() = default;
  virtual void scalar(std::string_view path, const Scalar& value) = 0;
  // An object ended, `path` is its own ("" for the outermost).
  virtual void object_end(std::string_view path) { static_cast<void>(path); }
};

// No path that the APIs have is longer or deeper; what lies deeper in the text is skipped, whatever it is.
inline constexpr std::size_t max_json_path = 128;

// The APIs nest five deep; what goes deeper than this is skipped, and costs no memory for its levels.
inline constexpr std::size_t max_json_depth = 64;

// Walks the whole text. Error malformed when it is not JSON; what was handed over until there stands.
[[nodiscard]] Result<void> walk_json(std::string_view text, ScalarVisitor& visitor);

}  // namespace vitals::lambda
