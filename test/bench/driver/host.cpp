#include "host.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <stdexcept>

namespace bench {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 60s;
constexpr auto invocation_timeout = 15min;
constexpr auto buffered_for = 25ms;  // the least that a subscription to telemetry can ask for, as lambda-vitals does

// What Lambda has in its environment.
std::vector<std::string> environment_of(const Options& options, std::uint16_t port) {
  std::vector<std::string> variables = {
      "AWS_LAMBDA_RUNTIME_API=127.0.0.1:" + std::to_string(port),
      "AWS_LAMBDA_FUNCTION_NAME=bench",
      "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
      "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + std::to_string(options.memory_mb),
      "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
      "AWS_LAMBDA_LOG_FORMAT=Text",
      "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/bench",
      "AWS_LAMBDA_LOG_STREAM_NAME=2026/11/21/[$LATEST]0123456789abcdef0123456789abcdef",
      "AWS_REGION=eu-central-1",
      "AWS_DEFAULT_REGION=eu-central-1",
      "LANG=en_US.UTF-8",
      "TZ=:UTC",
      "PATH=/usr/local/bin:/usr/bin/:/bin:/opt/bin",
      "LD_LIBRARY_PATH=/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
  };
  variables.insert(variables.end(), options.environment.begin(), options.environment.end());
  return variables;
}

std::string request_id(std::uint64_t number) {
  char text[48];
  std::snprintf(text, sizeof text, "8f6a1c0e-52b7-4d19-9e3a-%012llu", static_cast<unsigned long long>(number));
  return text;
}

std::int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string deadline() {
  return std::to_string(wall_ms() + std::chrono::milliseconds{invocation_timeout}.count());
}

// One of telemetry; `record` without its braces.
std::string event(const char* type, const std::string& time, const std::string& record) {
  return R"({"time":")" + time + R"(","type":"platform.)" + type + R"(","record":{)" + record + "}}";
}

std::string timestamp() {
  const std::int64_t ms = wall_ms();
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>(ms % 1000));
  return text;
}

}  // namespace

Host::Host(const Options& options, const CpuGroup* group)
    : options_(options), group_(group), server_([this](const Request& request) { handle(request); }) {
  for (int event = 0; event < options.extra_events; ++event) {
    extra_ += R"({"time":"2026-11-21T00:00:00.000Z","type":"platform.extension","record":{"name":"other-)" +
              std::to_string(event) + R"(","state":"Ready","events":["INVOKE","SHUTDOWN"]}},)";
  }
}

void Host::start_program() {
  program_.emplace(options_.command, environment_of(options_, server_.port()), options_.cold, group_);
  server_.count_lines_of(program_->take_output());
  until("the program's first event/next", [this] { return extension_ != nullptr; });
  wait_until_idle();
}

void Host::until(const char* what, const std::function<bool()>& done) {
  const auto limit = now() + patience + options_.duration + 16 * options_.cpu;  // 128 MB are 1/14 of a CPU
  while (!done()) {
    const bool worked = server_.work(start_.empty() ? 100 : 5);
    if (!worked && program_ && program_->has_ended()) {
      throw std::runtime_error(std::string("the program has ended while the driver waited for ") + what);
    }
    if (now() > limit) throw std::runtime_error(std::string("too late: the driver waited for ") + what);
  }
}

// Waits until the program has read what was sent, has done its work, and waits for more.
void Host::wait_until_idle() {
  if (!options_.step_by_step) return;
  const auto limit = now() + patience;
  for (int asleep = 0; asleep < 3;) {
    if (server_.work(0)) asleep = 0;
    asleep = program_->sleeps() ? asleep + 1 : 0;
    ::usleep(50);
    if (now() > limit) throw std::runtime_error("the program never sleeps");
  }
}

void Host::handle(const Request& request) {
  Connection& from = request.from;
  const std::string_view path = request.path;
  if (path.ends_with("/extension/event/next")) {
    if (first_next_at_.count() == 0) first_next_at_ = now();
    extension_next_at_ = now();
    extension_ = &from;
  } else if (path.ends_with("/invocation/next")) {
    runtime_next_at_ = now();
    runtime_ = &from;
  } else if (path.ends_with("/response")) {
    response_at_ = now();
    worked_ = worked_of(request.body);
    HttpServer::answer(from, "202 Accepted", R"({"status":"OK"})");
  } else if (path.ends_with("/extension/register")) {
    registered_at_ = now();
    HttpServer::answer(from, "200 OK",
                       R"({"functionName":"bench","functionVersion":"$LATEST","handler":"app.handler"})",
                       "Lambda-Extension-Identifier: 5a3c3f0a-9c1b-4f6e-8a43-0d8b7c6e5f41\r\n");
  } else if (path.ends_with("/telemetry")) {
    subscribe(request);
  } else {
    HttpServer::answer(from, "202 Accepted", R"({"status":"OK"})");
  }
}

void Host::subscribe(const Request& request) {
  if (!options_.telemetry) {
    HttpServer::answer(request.from, "202 Accepted", R"({"errorType":"Telemetry.NotSupported"})");
    return;
  }
  // {"destination":{"URI":"http://sandbox.localdomain:4243/…
  const auto host = request.body.find("sandbox");
  const auto colon = host == std::string_view::npos ? host : request.body.find(':', host);
  if (colon == std::string_view::npos) throw std::runtime_error("a subscription without a port");
  std::from_chars(request.body.data() + colon + 1, request.body.data() + request.body.size(), telemetry_port_);
  HttpServer::answer(request.from, "200 OK", "\"OK\"");
}

void Host::wait_for_runtime() {
  until("the runtime", [this] { return runtime_ != nullptr; });
  wait_until_idle();
}

Sample Host::invoke(const Work& work) {
  ++number_;
  const std::string id = request_id(number_);
  Sample sample;
  start_ = event("start", timestamp(), R"("requestId":")" + id + R"(","version":"$LATEST")");
  const Nanoseconds invoked_at = now();
  if (period_began_.count() > 0) sample.in_period = (invoked_at - period_began_) % CpuGroup::period;
  const bool has_extension = extension_ != nullptr;
  if (has_extension) answer_extension(id);
  if (options_.step_by_step) {
    until("the next event/next", [this] { return extension_ != nullptr; });
    wait_until_idle();
  }
  if (Connection* const runtime = std::exchange(runtime_, nullptr)) {
    HttpServer::answer(*runtime, "200 OK", to_json(work), "Lambda-Runtime-Aws-Request-Id: " + id + "\r\n");
    await_runtime(invoked_at);
    sample.response = response_at_ - invoked_at;
    sample.function_cpu = worked_.cpu;
    if (worked_.resumed_at.count() > 0) period_began_ = worked_.resumed_at;
  }
  if (has_extension) until("the next event/next", [this] { return extension_ != nullptr; });
  sample.free = std::max(runtime_next_at_, has_extension ? extension_next_at_ : runtime_next_at_) - invoked_at;
  if (telemetry_port_ != 0) send_end(id);
  wait_until_idle();
  return sample;
}

void Host::answer_extension(const std::string& id) {
  const std::string arn = "arn:aws:lambda:eu-central-1:123456789012:function:bench";
  HttpServer::answer(*std::exchange(extension_, nullptr), "200 OK",
                     R"({"eventType":"INVOKE","deadlineMs":)" + deadline() + R"(,"requestId":")" + id +
                         R"(","invokedFunctionArn":")" + arn +
                         R"(","tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1-5759e988-bd862e3fe1be46a994272793;)" +
                         R"(Parent=53995c3f42cd8ad8;Sampled=1"}})",
                     "Lambda-Extension-Event-Identifier: 3c7d3b5e-0a2c-4f6b-9d5e-1b2a3c4d5e6f\r\n");
}

// As Lambda does, platform.start is sent when it has been buffered for the time that the subscription allows, and with
// the other events of the invocation when that ends before.
void Host::await_runtime(Nanoseconds invoked_at) {
  const auto start_due = invoked_at + buffered_for;
  until("the runtime to answer", [&] {
    if (!start_.empty() && telemetry_port_ != 0 && server_.answered() && now() >= start_due) {
      server_.post(telemetry_port_, "[" + std::exchange(start_, {}) + "]");
    }
    return runtime_ != nullptr;
  });
}

void Host::send_end(const std::string& id) {
  until("the answer to telemetry", [this] { return server_.answered(); });
  const std::string time = timestamp();
  const auto span = [&time](const char* name, const char* ms) {
    return R"({"name":")" + std::string(name) + R"(","start":")" + time + R"(","durationMs":)" + ms + "}";
  };
  const std::string about = R"("requestId":")" + id + R"(","status":"success",)";
  std::string batch = "[" + extra_;
  if (!start_.empty()) batch += std::exchange(start_, {}) + ",";
  batch += event("runtimeDone", time,
                 about + R"("spans":[)" + span("responseLatency", "1.23") + "," + span("responseDuration", "0.12") +
                     "," + span("runtimeOverhead", "0.57") + R"(],"metrics":{"durationMs":1.92,"producedBytes":2})");
  batch += ",";
  batch += event("report", time,
                 about + R"("metrics":{"durationMs":2.41,"billedDurationMs":3,"memorySizeMB":)" +
                     std::to_string(options_.memory_mb) + R"(,"maxMemoryUsedMB":64},"spans":[)" +
                     span("extensionOverhead", "0.4") + "]");
  server_.post(telemetry_port_, batch + "]");
  until("the answer to telemetry", [this] { return server_.answered(); });
}

void Host::wait_for_period(Nanoseconds age) {
  if (period_began_.count() == 0) return;
  const Nanoseconds earliest = now() + 1ms;
  const Nanoseconds period = CpuGroup::period;
  const Nanoseconds since = (earliest - period_began_ - age) % period;
  const Nanoseconds at = earliest + (since.count() > 0 ? period - since : -since);
  serve_for(at - now() - 1ms);  // poll waits whole milliseconds
  const timespec left{0, std::max<std::int64_t>((at - now()).count(), 0)};
  ::clock_nanosleep(CLOCK_MONOTONIC, 0, &left, nullptr);
}

void Host::serve_for(Nanoseconds time) {
  const auto end = now() + time;
  for (auto left = time; left.count() > 0; left = end - now()) {
    server_.work(static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
  }
}

void Host::shut_down() {
  if (extension_ != nullptr) {
    HttpServer::answer(*extension_, "200 OK",
                       R"({"eventType":"SHUTDOWN","shutdownReason":"spindown","deadlineMs":)" +
                           std::to_string(wall_ms() + 2000) + "}");
  }
  const auto limit = now() + 2s;
  while (now() < limit && !program_->has_ended()) server_.work(5);
  server_.work(0);
}

}  // namespace bench
