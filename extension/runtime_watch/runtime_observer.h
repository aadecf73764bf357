// RuntimeObserver: the end of an invocation from the runtime's own connections. runtime_connections.h reads them,
// runtime_watch.h evaluates them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "runtime_watch/opened_connections.h"
#include "runtime_watch/runtime_connections.h"
#include "runtime_watch/runtime_watch.h"

namespace vitals::runtime {

// `extensions` are the processes of the other extensions.
class RuntimeObserver {
 public:
  explicit RuntimeObserver(const ApiAddress& api) : connections_(api) {}

  // An INVOKE has arrived: returns the end of the previous invocation, if that is certain. Begins to watch the new one.
  std::optional<SteadyTime> invoked(SteadyTime now, const std::vector<pid_t>& extensions) {
    const auto& connections = list(now, extensions);
    const auto end = watch_.conclude(now, connections, opened());
    watch_.start(now, connections);
    return end;
  }

  // Present when the invocation is over.
  std::optional<SteadyTime> observe(SteadyTime now, const std::vector<pid_t>& extensions) {
    const auto opened_before = opened();
    const auto* const connections = connections_.read(now, extensions);
    if (connections != nullptr) return watch_.observe(now, *connections, opened_before);
    watch_.put_off(now);
    return std::nullopt;
  }

  // At the end of the sandbox: when the invocation was over, if it is. The last samples decide.
  std::optional<SteadyTime> at_last(SteadyTime now, const std::vector<pid_t>& extensions) {
    return watch_.at_last(now, list(now, extensions));
  }

  // When the next call of observe() is due. Absent before the first INVOKE.
  [[nodiscard]] std::optional<SteadyTime> next() const { return watch_.next(); }

 private:
  [[nodiscard]] std::optional<std::uint64_t> opened() const {
    return watch_.presumes_poll() ? read_opened_connections() : std::nullopt;
  }
  const std::vector<RuntimeConnection>& list(SteadyTime now, const std::vector<pid_t>& extensions) {
    static const std::vector<RuntimeConnection> none;
    const auto* const connections = connections_.read(now, extensions, true);
    return connections != nullptr ? *connections : none;
  }

  RuntimeConnections connections_;
  RuntimeWatch watch_;
};

}  // namespace vitals::runtime
