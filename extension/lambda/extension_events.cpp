#include "lambda/extension_events.h"

#include <algorithm>
#include <chrono>

#include "lambda/json_scalars.h"

namespace vitals::lambda {

namespace {

// Later than any real deadline, and far from the overflow of nanoseconds since the epoch (year 2262).
constexpr std::int64_t max_epoch_ms = 4'102'444'800'000;  // 2100-01-01

class EventReader final : public ScalarVisitor {
 public:
  void scalar(std::string_view path, const Scalar& value) override {
    if (const auto* text = std::get_if<std::string_view>(&value)) {
      member(path, *text);
    } else if (path == "deadlineMs") {
      const auto* ms = std::get_if<std::int64_t>(&value);
      if (ms != nullptr && *ms > 0 && *ms < max_epoch_ms) deadline = WallTime{std::chrono::milliseconds{*ms}};
    }
  }

  Text<64> type;  // a truncated one matches no known type
  RequestIdText request_id;
  decltype(InvokeEvent::invoked_function_arn) arn;
  decltype(InvokeEvent::trace_id) trace;
  std::string reason;
  std::optional<WallTime> deadline;

 private:
  void member(std::string_view path, std::string_view text) {
    if (path == "eventType") {
      type = text;
    } else if (path == "requestId") {
      keep(text, request_id);
    } else if (path == "invokedFunctionArn") {
      keep(text, arn);
    } else if (path == "tracing.value") {
      keep(trace_root(text), trace);
    } else if (path == "shutdownReason" && text.size() <= max_reason) {
      reason = text;
    }
  }

  // A string that is too long for the API stays absent.
  template <std::size_t Most>
  static void keep(std::string_view value, Text<Most>& text) {
    if (text.fits(value)) text = value;
  }
};

// Part `index` of an ARN, counted from 0; empty if there are fewer.
std::string_view piece(std::string_view arn, int index) {
  for (; index > 0; --index) {
    const auto colon = arn.find(':');
    if (colon == std::string_view::npos) return {};
    arn.remove_prefix(colon + 1);
  }
  return arn.substr(0, arn.find(':'));
}

}  // namespace

Result<Event> parse_event(std::string_view body) {
  EventReader reader;
  if (auto walked = walk_json(body, reader); !walked) return walked.error();
  if (reader.type.empty()) {
    return Error{ErrorCode::missing, "the event has no eventType: \"" + std::string{body.substr(0, 64)} + '"'};
  }
  if (reader.type == "INVOKE") {
    if (reader.request_id.empty()) return Error{ErrorCode::missing, "the INVOKE event has no requestId"};
    return Event{InvokeEvent{RequestId{reader.request_id}, reader.deadline, reader.arn, reader.trace}};
  }
  if (reader.type == "SHUTDOWN") return Event{ShutdownEvent{std::move(reader.reason), reader.deadline}};
  return Event{UnknownEvent{std::string{reader.type.view()}}};
}

ShutdownKind shutdown_kind(std::string_view reason) {
  const auto is = [reason](std::string_view word) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(reason.begin(), reason.end(), word.begin(), word.end(),
                      [&lower](char a, char b) { return lower(a) == b; });
  };
  if (is("timeout")) return ShutdownKind::timeout;
  if (is("failure") || is("releasefail")) return ShutdownKind::failure;
  return ShutdownKind::other;
}

std::string_view function_name(std::string_view function_arn) {
  return piece(function_arn, 5) == "function" ? piece(function_arn, 6) : std::string_view{};
}

std::string_view qualifier(std::string_view function_arn) {
  return piece(function_arn, 5) == "function" ? piece(function_arn, 7) : std::string_view{};
}

std::string_view trace_root(std::string_view header) {
  while (!header.empty()) {
    const auto part = header.substr(0, header.find(';'));
    if (part.starts_with("Root=")) return part.substr(5);
    header.remove_prefix(std::min(part.size() + 1, header.size()));
  }
  return {};
}

}  // namespace vitals::lambda
