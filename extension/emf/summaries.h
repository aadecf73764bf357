// Summaries: the summaries that are being filled. Invocations of different minutes, aliases or tenants go into
// different ones, and several are open at a time, because their invocations may alternate. Memory is bounded and
// allocated once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "emf/line_encoder.h"
#include "record/summary.h"

namespace vitals::emf {

class Summaries {
 public:
  // With more kinds of invocations at a time than this, the summary that was added to least recently is written early.
  static constexpr std::size_t most_open = 4;

  // Called with each summary that is over, which is valid only during the call.
  using Write = std::function<void(const Summary& summary)>;

  // `encoder` must outlive this, and its options must have summaries.
  Summaries(LineEncoder& encoder, Write write);

  // Adds a record to the summary of its kind, which is written first if there is no room left in it. False if not even
  // an empty summary has room: the record needs a line of its own.
  [[nodiscard]] bool add(const InvocationRecord& record);

  // Writes the summaries of minutes before `minute` (since the epoch), the oldest first.
  void write_before(std::int64_t minute);

 private:
  struct Open {
    explicit Open(Summary empty) : summary(std::move(empty)) {}

    Summary summary;
    std::size_t bytes = 0;    // of its line, at most
    std::uint64_t added = 0;  // the number of the last addition
  };
  [[nodiscard]] Open& place_of(const InvocationRecord& record);
  [[nodiscard]] bool add_to(Open& open, const InvocationRecord& record);
  void write(Open& open);

  LineEncoder& encoder_;
  Write write_;
  std::vector<Open> open_;
  std::uint64_t additions_ = 0;
};

}  // namespace vitals::emf
