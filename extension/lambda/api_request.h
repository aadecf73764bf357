// What the requests to the Lambda APIs have in common.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "lambda/endpoint.h"
#include "lambda/http_connection.h"

namespace vitals::lambda {

// A request for `path`, after the prefix of the API, with the headers that all requests carry and an empty body.
[[nodiscard]] HttpRequest api_request(boost::beast::http::verb verb, std::string_view path, const Endpoint& api);

// The error for an answer other than success: the call, the status and the start of the body, printable.
[[nodiscard]] Error status_error(std::string_view call, const HttpResponse& response);

// `text` for use inside a JSON string. Characters that need an escape are left out, which is acceptable in the
// extension's error texts.
[[nodiscard]] std::string json_text(std::string_view text);

}  // namespace vitals::lambda
