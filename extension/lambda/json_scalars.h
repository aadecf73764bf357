// Walks a JSON text and passes on each scalar with the path of its member, without building a document: the events of
// the Lambda APIs are small fixed structures of which a few members matter. nlohmann_json parses.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace vitals::lambda {

// A member's value. null is not passed on; a whole number beyond 64 bits comes as a double.
using Scalar = std::variant<bool, std::int64_t, double, std::string_view>;

// Receives the scalars of a JSON text, in the order of the text. Paths are member names joined by '.', an array's
// elements are one '[]': "record.metrics.durationMs", "[].record.spans[].name". Views are valid only during the call.
class ScalarVisitor {
 public:
  virtual ~ScalarVisitor() = default;
  virtual void scalar(std::string_view path, const Scalar& value) = 0;
  // An object ended; `path` is its own ("" for the outermost).
  virtual void object_end(std::string_view path) { static_cast<void>(path); }
};

// The APIs have no longer path. What has a longer one is skipped.
inline constexpr std::size_t max_json_path = 128;

// The APIs nest five deep. What is deeper than this is skipped, and its levels cost no memory.
inline constexpr std::size_t max_json_depth = 64;

// Walks the whole text. Error malformed if it is not JSON; what was passed on until there remains valid.
[[nodiscard]] Result<void> walk_json(std::string_view text, ScalarVisitor& visitor);

}  // namespace vitals::lambda
