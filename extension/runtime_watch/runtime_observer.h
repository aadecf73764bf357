// RuntimeObserver: the end of an invocation where there is no telemetry to tell it, from the runtime's own connections:
// what runtime_connections.h reads, judged by runtime_watch.h.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "runtime_watch/runtime_connections.h"
#include "runtime_watch/runtime_watch.h"

namespace vitals::runtime {

// `extensions` are the processes of the other extensions: their connections do not count.
class RuntimeObserver {
 public:
  // `port`: of the Runtime API.
  explicit RuntimeObserver(std::uint16_t port) : connections_(port) {}

  // An INVOKE came: the end of the invocation before it, if it was seen. Begins to watch the new one.
  std::optional<SteadyTime> invoked(SteadyTime now, const std::vector<pid_t>& extensions) {
    const auto* const connections = connections_.read(now, extensions, true);
    const auto end = connections != nullptr ? watch_.conclude(now, *connections) : std::nullopt;
    watch_.start(now, connections != nullptr ? *connections : std::vector<RuntimeConnection>{});
    return end;
  }

  // The end of the invocation, once it has been seen for long enough to be believed.
  std::optional<SteadyTime> look(SteadyTime now, const std::vector<pid_t>& extensions) {
    const auto* const connections = connections_.read(now, extensions);
    return connections != nullptr ? watch_.observe(now, *connections) : std::nullopt;
  }

  // The same at the end of the sandbox: what has been seen is believed at once.
  std::optional<SteadyTime> last_look(SteadyTime now, const std::vector<pid_t>& extensions) {
    const auto* const connections = connections_.read(now, extensions, true);
    return watch_.last_look(now, connections != nullptr ? *connections : std::vector<RuntimeConnection>{});
  }

  // When the next look will know more than the last one, if that is known.
  [[nodiscard]] std::optional<SteadyTime> next_look() const { return watch_.settles(); }

 private:
  RuntimeConnections connections_;
  RuntimeWatch watch_;
};

}  // namespace vitals::runtime
