#include "lambda/extension_events.h"

#include <algorithm>
#include <chrono>

#include "lambda/json_scalars.h"

namespace vitals::lambda {

namespace {

// Later than any deadline the service can mean, and far from where nanoseconds since the epoch overflow (year 2262).
constexpr std::int64_t max_epoch_ms = 4'102'444'800'000;  // 2100-01-01

class EventReader final : public ScalarVisitor {
 public:
  void scalar(std::string_view path, const Scalar& value) override {
    if (path == "eventType") {
      take(value, type);
    } else if (path == "requestId") {
      take(value, request_id);
    } else if (path == "invokedFunctionArn") {
      take(value, arn);
    } else if (path == "tracing.value") {
      const auto* header = std::get_if<std::string_view>(&value);
      if (header != nullptr) keep(trace_root(*header), trace);
    } else if (path == "shutdownReason") {
      take(value, reason);
    } else if (path == "deadlineMs") {
      const auto* ms = std::get_if<std::int64_t>(&value);
      if (ms != nullptr && *ms > 0 && *ms < max_epoch_ms) deadline = WallTime{std::chrono::milliseconds{*ms}};
    }
  }

  std::string type, request_id, arn, trace, reason;
  std::optional<WallTime> deadline;

 private:
  // A text that is too long to be one that the API sends stays absent.
  static void keep(std::string_view value, std::string& text) {
    if (value.size() <= max_event_text) text = value;
  }
  static void take(const Scalar& value, std::string& text) {
    if (const auto* view = std::get_if<std::string_view>(&value)) keep(*view, text);
  }
};

// Piece `index` of an ARN, counted from 0; empty when there are fewer.
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
    return Error{ErrorCode::missing, "an event without eventType: \"" + std::string{body.substr(0, 64)} + '"'};
  }
  if (reader.type == "INVOKE") {
    if (reader.request_id.empty()) return Error{ErrorCode::missing, "an INVOKE event without requestId"};
    return Event{InvokeEvent{RequestId{std::move(reader.request_id)}, reader.deadline, std::move(reader.arn),
                             std::move(reader.trace)}};
  }
  if (reader.type == "SHUTDOWN") return Event{ShutdownEvent{std::move(reader.reason), reader.deadline}};
  return Event{UnknownEvent{std::move(reader.type)}};
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
