#include "host.h"

#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <stdexcept>

namespace bench {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 60s;
constexpr auto invocation_timeout = 15min;

// What Lambda has in its environment.
std::vector<std::string> environment_of(const Options& options, std::uint16_t port) {
  std::vector<std::string> variables = {
      "AWS_LAMBDA_RUNTIME_API=127.0.0.1:" + std::to_string(port),
      "AWS_LAMBDA_FUNCTION_NAME=bench",
      "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
      "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=1769",
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

Host::Host(const Options& options) : options_(options), server_([this](const Request& request) { handle(request); }) {
  for (int event = 0; event < options.extra_events; ++event) {
    extra_ += R"({"time":"2026-11-21T00:00:00.000Z","type":"platform.extension","record":{"name":"other-)" +
              std::to_string(event) + R"(","state":"Ready","events":["INVOKE","SHUTDOWN"]}},)";
  }
}

void Host::start_program() {
  program_.emplace(options_.command, environment_of(options_, server_.port()), options_.cold);
  server_.count_lines_of(program_->take_output());
  until("the program's first event/next", [this] { return extension_ != nullptr; });
  settle();
}

void Host::until(const char* what, const std::function<bool()>& done) {
  const auto limit = now() + patience + options_.duration;
  while (!done()) {
    const bool worked = server_.work(100);
    if (!worked && program_ && program_->has_ended()) {
      throw std::runtime_error(std::string("the program has ended while the driver waited for ") + what);
    }
    if (now() > limit) throw std::runtime_error(std::string("too late: the driver waited for ") + what);
  }
}

// Until the program has done all that it has to do: what was sent is read, and it waits for more.
void Host::settle() {
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
    extension_ = &from;
  } else if (path.ends_with("/invocation/next")) {
    runtime_ = &from;
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
  settle();
}

void Host::invoke() {
  ++number_;
  const std::string id = request_id(number_);
  const std::string arn = "arn:aws:lambda:eu-central-1:123456789012:function:bench";
  Connection* const extension = std::exchange(extension_, nullptr);
  Connection* const runtime = std::exchange(runtime_, nullptr);
  HttpServer::answer(*extension, "200 OK",
                     R"({"eventType":"INVOKE","deadlineMs":)" + deadline() + R"(,"requestId":")" + id +
                         R"(","invokedFunctionArn":")" + arn +
                         R"(","tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1-5759e988-bd862e3fe1be46a994272793;)" +
                         R"(Parent=53995c3f42cd8ad8;Sampled=1"}})",
                     "Lambda-Extension-Event-Identifier: 3c7d3b5e-0a2c-4f6b-9d5e-1b2a3c4d5e6f\r\n");
  if (options_.step_by_step) {
    until("the next event/next", [this] { return extension_ != nullptr; });
    settle();
  }
  if (runtime != nullptr) {
    HttpServer::answer(*runtime, "200 OK", "{}", "Lambda-Runtime-Aws-Request-Id: " + id + "\r\n");
    until("the runtime to answer", [this] { return runtime_ != nullptr; });
  }
  until("the next event/next", [this] { return extension_ != nullptr; });
  if (telemetry_port_ != 0) send_telemetry();
  settle();
}

void Host::send_telemetry() {
  const std::string id = request_id(number_);
  const std::string time = timestamp();
  const std::string begin = R"({"time":")" + time + R"(","type":"platform.)";
  server_.post(telemetry_port_,
               "[" + extra_ + begin + R"(start","record":{"requestId":")" + id + R"(","version":"$LATEST"}},)" + begin +
                   R"(runtimeDone","record":{"requestId":")" + id + R"(","status":"success","spans":[)" +
                   R"({"name":"responseLatency","start":")" + time + R"(","durationMs":1.23},)" +
                   R"({"name":"responseDuration","start":")" + time + R"(","durationMs":0.12},)" +
                   R"({"name":"runtimeOverhead","start":")" + time + R"(","durationMs":0.57}],)" +
                   R"("metrics":{"durationMs":1.92,"producedBytes":2}}},)" + begin +
                   R"(report","record":{"requestId":")" + id +
                   R"(","status":"success","metrics":{"durationMs":2.41,"billedDurationMs":3,"memorySizeMB":1769,)" +
                   R"("maxMemoryUsedMB":64},"spans":[{"name":"extensionOverhead","start":")" + time +
                   R"(","durationMs":0.4}]}}])");
  until("the answer to telemetry", [this] { return server_.answered(); });
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
