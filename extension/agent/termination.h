// Termination: SIGTERM and SIGINT as an event of the loop, read from one signalfd(2). Asio's signal_set would need a
// pipe of two descriptors, and throws if it gets none.
#pragma once

#include "base/event_loop.h"

namespace vitals {

class Termination {
 public:
  // Blocks the two signals, so that received() sees them. If signalfd(2) fails they stay unblocked and end the process
  // at once. `io` must outlive this.
  explicit Termination(boost::asio::io_context& io);

  // Completes when one of them arrives. False when none will be seen.
  Task<bool> received();

 private:
  StreamDescriptor descriptor_;
};

}  // namespace vitals
