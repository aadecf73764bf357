// What the requests to the Lambda APIs have in common.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "lambda/endpoint.h"
#include "lambda/http_connection.h"

namespace vitals::lambda {

// A request for `path` below the API's own prefix, with the headers that all of them carry and an empty body.
[[nodiscard]] HttpRequest api_request(boost::beast::http::verb verb, std::string_view path, const Endpoint& api);

// What an answer other than success says: the call, the status and the start of the body, printable.
[[nodiscard]] Error status_error(std::string_view call, const HttpResponse& response);

// `text` fit to stand between the quotes of a JSON string: what needs an escape is left out, as these are our own
// words.
[[nodiscard]] std::string json_text(std::string_view text);

}  // namespace vitals::lambda
