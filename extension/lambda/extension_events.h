// The events of the Extensions API as types: what GET /2020-01-01/extension/event/next answers.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/identifier.h"
#include "base/result.h"
#include "base/text.h"

namespace vitals::lambda {

struct InvokeEvent {
  RequestId request_id;
  std::optional<WallTime> deadline;  // deadlineMs: the function's timeout
  Text<256> invoked_function_arn;
  Text<64> trace_id;  // tracing.value, its Root alone ("1-5759e988-bd862e3fe1be46a994272793"); empty: none came in
  std::optional<WallTime> arrived{};  // when this machine received it, by the kernel; absent where that is not known
};

struct ShutdownEvent {
  std::string reason;                // shutdownReason as received: spindown, timeout, failure, or an emulator's own
  std::optional<WallTime> deadline;  // deadlineMs: SIGKILL comes then
};

// What a shutdownReason means. The service's reasons are compared without regard to case; the emulator's word for a
// failure is ReleaseFail, its others and unknown ones are `other`.
enum class ShutdownKind { timeout, failure, other };
[[nodiscard]] ShutdownKind shutdown_kind(std::string_view reason);

// An event type that this extension does not know: to be ignored.
struct UnknownEvent {
  std::string type;
};

using Event = std::variant<InvokeEvent, ShutdownEvent, UnknownEvent>;

// A reason longer than this, or another text that does not fit its member above (an ARN has at most 256 characters, a
// trace's Root 35), is not what the API sends: such a member is absent.
inline constexpr std::size_t max_reason = 1024;

// Decodes the body of an answer. Error malformed, or missing when an INVOKE has no requestId or an event no eventType.
[[nodiscard]] Result<Event> parse_event(std::string_view body);

// The function's alias or version in `arn:aws:lambda:REGION:ACCOUNT:function:NAME:QUALIFIER`; empty when it has none.
[[nodiscard]] std::string_view qualifier(std::string_view function_arn);

// The function's name in an ARN; empty when it is not a function's.
[[nodiscard]] std::string_view function_name(std::string_view function_arn);

// The Root part of an X-Ray header ("Root=1-…;Parent=…;Sampled=1"), empty when it has none.
[[nodiscard]] std::string_view trace_root(std::string_view header);

}  // namespace vitals::lambda
