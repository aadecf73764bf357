#include "lambda/extension_events.h"

#include <string>
#include <variant>

#include "support/catch.h"

namespace vitals::lambda {

TEST_CASE("an INVOKE event") {
  const auto event = parse_event(R"({"eventType":"INVOKE","deadlineMs":1581512138111,"requestId":"3da1f2dc-3222-475e",
      "invokedFunctionArn":"arn:aws:lambda:us-east-2:123456789012:function:custom-runtime",
      "tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8"}})");
  const auto& invoke = std::get<InvokeEvent>(event.value());
  CHECK(invoke.request_id == RequestId{"3da1f2dc-3222-475e"});
  CHECK(epoch_ms(invoke.deadline.value()) == 1581512138111);
  CHECK(invoke.invoked_function_arn == "arn:aws:lambda:us-east-2:123456789012:function:custom-runtime");
  CHECK(invoke.trace_id == "1-5759e988-bd862e3fe1be46a994272793");
}

TEST_CASE("an INVOKE event needs no more than its request id") {
  const auto event = parse_event(R"({"eventType":"INVOKE","requestId":"r","deadlineMs":"soon","tracing":7})");
  const auto& invoke = std::get<InvokeEvent>(event.value());
  CHECK(!invoke.deadline);
  CHECK(invoke.invoked_function_arn.empty());
  CHECK(invoke.trace_id.empty());
}

TEST_CASE("a member that is too long costs itself alone") {
  const std::string huge(100'000, 'x');
  const auto invoke = parse_event(R"({"eventType":"INVOKE","requestId":"r","invokedFunctionArn":")" + huge +
                                  R"(","tracing":{"value":"Root=1-a;x=)" + huge + R"("}})");
  CHECK(std::get<InvokeEvent>(invoke.value()).invoked_function_arn.empty());
  CHECK(std::get<InvokeEvent>(invoke.value()).trace_id == "1-a");
  const auto shutdown = parse_event(R"({"eventType":"SHUTDOWN","shutdownReason":")" + huge + R"("})");
  CHECK(std::get<ShutdownEvent>(shutdown.value()).reason.empty());
}

TEST_CASE("a deadline that no service can mean is absent") {
  for (const char* number : {"0", "-1", "1e30", "9223372036854775807", "99999999999999", "true", "null"}) {
    CAPTURE(number);
    const auto event =
        parse_event(std::string{R"({"eventType":"INVOKE","requestId":"r","deadlineMs":)"} + number + '}');
    CHECK(!std::get<InvokeEvent>(event.value()).deadline);
  }
}

TEST_CASE("a SHUTDOWN event, also with a reason of an emulator's own or none") {
  const auto event = parse_event(R"({"eventType":"SHUTDOWN","shutdownReason":"SandboxTerminated","deadlineMs":5})");
  CHECK(std::get<ShutdownEvent>(event.value()).reason == "SandboxTerminated");
  CHECK(epoch_ms(std::get<ShutdownEvent>(event.value()).deadline.value()) == 5);
  CHECK(std::get<ShutdownEvent>(parse_event(R"({"eventType":"SHUTDOWN"})").value()).reason.empty());
}

TEST_CASE("what a shutdown reason means, in whatever case") {
  for (const char* reason : {"timeout", "TIMEOUT", "Timeout"}) CHECK(shutdown_kind(reason) == ShutdownKind::timeout);
  for (const char* reason : {"failure", "FAILURE", "ReleaseFail"})
    CHECK(shutdown_kind(reason) == ShutdownKind::failure);
  for (const char* reason : {"", "spindown", "SPINDOWN", "SandboxTerminated", "timeouts", "time"}) {
    CHECK(shutdown_kind(reason) == ShutdownKind::other);
  }
}

TEST_CASE("an event type of the future is not an error") {
  CHECK(std::get<UnknownEvent>(parse_event(R"({"eventType":"PAUSE"})").value()).type == "PAUSE");
}

TEST_CASE("what is not an event is an error, and never a crash") {
  for (const char* body : {"", "{}", "[]", "null", "INVOKE", R"({"eventType":7})", R"({"eventType":"INVOKE"})",
                           R"({"eventType":"INVOKE","requestId":""})", R"({"eventType":"INVOKE","requestId":[1]})",
                           "{\"eventType\":\"INVOKE\",\"requestId\":\"\xff\"}"}) {
    CAPTURE(body);
    CHECK(!parse_event(body));
  }
  CHECK(!parse_event(R"({"eventType":"INVOKE","requestId":")" + std::string(100'000, 'x') + R"("})"));
}

TEST_CASE("the qualifier of an ARN is the function's alias or version") {
  CHECK(qualifier("arn:aws:lambda:eu-west-1:123456789012:function:f:live") == "live");
  CHECK(qualifier("arn:aws:lambda:eu-west-1:123456789012:function:f").empty());
  CHECK(qualifier("arn:aws:lambda:eu-west-1:123456789012:layer:f:3").empty());
  CHECK(qualifier("").empty());
  CHECK(function_name("arn:aws:lambda:eu-west-1:123456789012:function:f:live") == "f");
  CHECK(function_name("f").empty());
}

TEST_CASE("the root of a trace header") {
  CHECK(trace_root("Root=1-a;Parent=b;Sampled=1") == "1-a");
  CHECK(trace_root("Parent=b;Root=1-a") == "1-a");
  CHECK(trace_root("Parent=b;").empty());
  CHECK(trace_root("").empty());
  CHECK(trace_root(";;;").empty());
}

}  // namespace vitals::lambda
