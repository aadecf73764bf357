// What the tests of records begin with: a window that has closed, its sandbox, and the fields of the record built of
// them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "invocation/record_builder.h"
#include "support/history.h"

namespace vitals::test {

using namespace std::chrono_literals;

inline Window closed_window() {
  Window window;
  window.invoke = invoke("request-1");
  window.number = 2;
  window.since_last = 1h;
  window.opened = at_ms(0);
  window.closed = CloseReason::runtime_done;
  window.usage = Usage{};
  return window;
}

inline SandboxState sandbox() {
  SandboxState state;
  state.id = "0123456789abcdef";
  state.function.name = "from-environment";
  state.function.memory_mb = 1769;
  state.vcpus = 2;
  state.initialization_type = "on-demand";
  return state;
}

inline std::string text(const InvocationRecord& record, Field field) {
  const auto* view = std::get_if<std::string_view>(&record.get(field));
  return view == nullptr ? "(absent)" : std::string{*view};
}
inline std::int64_t number(const InvocationRecord& record, Field field) {
  const auto* whole = std::get_if<std::int64_t>(&record.get(field));
  return whole == nullptr ? -1 : *whole;
}
inline bool flag(const InvocationRecord& record, Field field) {
  const auto* set = std::get_if<bool>(&record.get(field));
  return set != nullptr && *set;
}

}  // namespace vitals::test
