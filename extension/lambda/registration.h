// The registration: the first request, sent before the event loop exists and before the settings are read, so that the
// platform prepares its answer while this process sets itself up.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-registration-api-a
#pragma once

#include <string>

#include "base/file_descriptor.h"
#include "lambda/endpoint.h"
#include "lambda/http_connection.h"

namespace vitals::lambda {

// Which events the platform sends.
enum class Subscribe { invoke_and_shutdown, shutdown_only };

struct Registration {
  Endpoint api;
  std::string name;  // the basename of the running file
  Subscribe events = Subscribe::invoke_and_shutdown;
  bool may_be_restored = false;  // from a snapshot, while event/next is under way
  FileDescriptor connection{};   // on which the request is under way; empty: the request has not been sent
};

// POST register.
[[nodiscard]] HttpRequest register_request(const Registration& registration);

// Whether the answer refuses one of the events. Managed Instances refuse INVOKE, and one such event rejects the whole
// request (403 Extension.InvalidEventType).
[[nodiscard]] bool refuses_invoke(const HttpResponse& answer);

// Connects and sends the request without waiting: what is not possible at once is left to ExtensionsApi.
void send_at_once(Registration& registration);

}  // namespace vitals::lambda
