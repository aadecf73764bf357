// The metadata endpoint of the execution environment, which knows the availability zone that it is in.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-metadata-endpoint.html
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/event_loop.h"
#include "base/result.h"

namespace vitals::lambda {

// It is in the same sandbox and answers in about a millisecond.
inline constexpr std::chrono::milliseconds metadata_limit{100};

// The id of the zone, such as "use1-az1". Asks once, and waits for metadata_limit at most. `address`: the IP address
// and port in AWS_LAMBDA_METADATA_API; `token`: AWS_LAMBDA_METADATA_TOKEN; both must live until the end. Error missing
// where there is no such endpoint, connection, refused or malformed; its text has neither the token nor anything of the
// answer, which may have it.
[[nodiscard]] Task<Result<std::string>> request_availability_zone(boost::asio::io_context& io, std::string_view address,
                                                                  std::string_view token);

// The zone in the body of an answer. Error malformed: there is none that looks like one.
[[nodiscard]] Result<std::string> parse_availability_zone(std::string_view body);

}  // namespace vitals::lambda
