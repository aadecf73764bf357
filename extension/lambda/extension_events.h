// The events of the Extensions API as types: the answer to GET /2020-01-01/extension/event/next.
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
  Text<64> trace_id;  // the Root of tracing.value ("1-5759e988-bd862e3fe1be46a994272793"); empty: absent
  std::optional<WallTime> arrived{};  // kernel's time of its arrival on this machine; absent: not known
};

struct ShutdownEvent {
  std::string reason;                // shutdownReason as received: spindown, timeout, failure, or an emulator's own
  std::optional<WallTime> deadline;  // deadlineMs: SIGKILL comes then
};

// What a shutdownReason means. The service's reasons are compared case-insensitively. The emulator reports a failure as
// ReleaseFail; its other reasons and unknown ones are `other`.
enum class ShutdownKind { timeout, failure, other };
[[nodiscard]] ShutdownKind shutdown_kind(std::string_view reason);

// An event type that this extension does not know; it is ignored.
struct UnknownEvent {
  std::string type;
};

using Event = std::variant<InvokeEvent, ShutdownEvent, UnknownEvent>;

// Strings that do not fit their members above are not from the API, and absent: an ARN has at most 256 characters, a
// trace's Root 35. This is the limit of a reason.
inline constexpr std::size_t max_reason = 1024;

// Decodes the body of an answer. Error malformed, or missing if an INVOKE has no requestId or an event no eventType.
[[nodiscard]] Result<Event> parse_event(std::string_view body);

// The function's alias or version in `arn:aws:lambda:REGION:ACCOUNT:function:NAME:QUALIFIER`; empty when it has none.
[[nodiscard]] std::string_view qualifier(std::string_view function_arn);

// The function's name in an ARN; empty when it is not a function's.
[[nodiscard]] std::string_view function_name(std::string_view function_arn);

// The Root part of an X-Ray header ("Root=1-…;Parent=…;Sampled=1"), empty when it has none.
[[nodiscard]] std::string_view trace_root(std::string_view header);

}  // namespace vitals::lambda
