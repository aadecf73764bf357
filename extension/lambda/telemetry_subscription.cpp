#include "lambda/telemetry_subscription.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <span>
#include <string>

#include "lambda/api_request.h"

namespace vitals::lambda {

namespace http = boost::beast::http;

namespace {

// Documented versions. Managed Instances accept only one of them, which is tried last elsewhere.
constexpr std::string_view managed_version = "2025-01-29";
constexpr std::array<std::string_view, 4> schema_versions{managed_version, "2022-12-13", "2022-07-01", managed_version};

std::span<const std::string_view> versions_to_try(Subscribe events) {
  const std::size_t first = events == Subscribe::shutdown_only ? 0 : 1;
  return std::span{schema_versions}.subspan(first, schema_versions.size() - 1);
}

// A second attempt handles a temporary fault; more would cost too much init time.
constexpr int tries_per_version = 2;
// The API is in the same sandbox and answers in about a millisecond.
constexpr std::chrono::milliseconds answer_limit{500};

// The smallest buffer that the API allows: events are few, and each should arrive as early as possible. On Managed
// Instances (only SHUTDOWN registered) they may be thousands a second and are not urgent, and their emulator blocks
// when a batch is due while the one before it is still being sent.
std::string subscription_body(std::string_view schema_version, Subscribe events, std::uint16_t port) {
  return R"({"schemaVersion":")" + std::string{schema_version} +
         R"(","types":["platform"],"buffering":{"maxItems":1000,"maxBytes":262144,"timeoutMs":)" +
         (events == Subscribe::shutdown_only ? "200" : "25") +
         R"(},"destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain:)" + std::to_string(port) + R"("}})";
}

}  // namespace

Task<SubscriptionOutcome> subscribe_telemetry(HttpConnection& connection, const ExtensionId& id, Subscribe events,
                                              std::uint16_t port) {
  std::string problem;
  for (const auto version : versions_to_try(events)) {
    bool version_refused = false;
    HttpRequest request = api_request(http::verb::put, "/2022-07-01/telemetry", connection.api());
    request.set("Lambda-Extension-Identifier", id.text());
    request.body() = subscription_body(version, events, port);
    request.prepare_payload();
    const std::string text = wire_text(request);
    for (int attempt = 0; attempt < tries_per_version; ++attempt) {
      const auto response = co_await connection.exchange(text, answer_limit);
      if (!response) {
        problem = response.error().text;
        continue;
      }
      if (response->result() == http::status::ok) co_return SubscriptionOutcome{Subscription::active, {}};
      if (response->result() == http::status::accepted) co_return SubscriptionOutcome{Subscription::unsupported, {}};
      problem = status_error("the telemetry subscription", *response).text;
      version_refused = response->result() == http::status::bad_request;
      if (response->result_int() < 500) break;
    }
    if (!version_refused) break;
  }
  co_return SubscriptionOutcome{Subscription::unknown, problem};
}

}  // namespace vitals::lambda
