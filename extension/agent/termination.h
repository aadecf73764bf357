// Termination: SIGTERM and SIGINT as an event of the loop, read from one signalfd(2). Asio's signal_set would take a
// pipe of two descriptors, and throws where there are none.
#pragma once

#include "base/event_loop.h"

namespace vitals {

class Termination {
 public:
  // Blocks the two signals, so that they wait for received(). Where the system gives no signalfd they stay unblocked
  // and end the process at once. `io` must outlive this.
  explicit Termination(boost::asio::io_context& io);

  // Completes when one of them has come. False when none will be seen.
  Task<bool> received();

 private:
  StreamDescriptor descriptor_;
};

}  // namespace vitals
