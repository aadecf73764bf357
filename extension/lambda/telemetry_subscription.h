// The subscription to the Telemetry API: asks the platform to POST its events to the listener.
// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html
#pragma once

#include <cstdint>

#include "base/event_loop.h"
#include "base/identifier.h"
#include "base/result.h"
#include "lambda/http_connection.h"
#include "lambda/registration.h"
#include "lambda/subscription.h"

namespace vitals::lambda {

struct SubscriptionOutcome {
  Subscription state;
  std::string problem;  // why the subscription is unknown; empty otherwise
};

// Subscribes to the platform events, delivered to `port` of this sandbox. Call it after register and before the first
// event/next, with the listener open, on the connection to the API: a new one would cost the init phase 0.1 ms.
// `events`: if only SHUTDOWN is registered, the schema version of Managed Instances is tried first. After a refusal
// (400) the other versions follow; a 5xx is repeated. The number of attempts is small, because init time is the user's.
// Never fails.
Task<SubscriptionOutcome> subscribe_telemetry(HttpConnection& connection, const ExtensionId& id, Subscribe events,
                                              std::uint16_t port);

}  // namespace vitals::lambda
