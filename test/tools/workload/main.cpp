// workload: a Lambda runtime that does a known amount of work, as the event says, and answers with what the kernel
// charged it for that. The ground truth of test/e2e/test_accuracy_*.py; see README.md.
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "http.h"
#include "internal_extension.h"
#include "measured.h"
#include "steps.h"

namespace workload {
namespace {

std::string environment(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): there are no threads yet
  return value == nullptr ? "" : value;
}

// Work of the init phase: the event in WORKLOAD_INIT.
void initialize() {
  const std::string event = environment("WORKLOAD_INIT");
  if (event.empty()) return;
  Seen seen;
  run_steps(nlohmann::json::parse(event), seen);
}

nlohmann::json handle(const nlohmann::json& event) {
  const auto began = std::chrono::steady_clock::now();
  Seen seen;
  const Counters from = read_counters(Edge::start);
  run_steps(event, seen);
  const Counters to = read_counters(Edge::end);
  return answer(from, to, seen, std::chrono::steady_clock::now() - began);
}

// Waits for the restore from a snapshot, after which the connection may be broken: then it asks again on a new one.
void wait_for_restore(Http& api) {
  constexpr int tries = 5;
  for (int left = tries; left > 0; --left) {
    try {
      api.request("GET", "/2018-06-01/runtime/restore/next");
      return;
    } catch (const std::exception&) {
      api.close();
    }
  }
}

// Answers in pieces where the event asks for it: {"stream": {"pieces": N, "pause_ms": MS}}.
void respond(Http& responses, const std::string& path, const nlohmann::json& event) {
  const auto began = std::chrono::steady_clock::now();
  nlohmann::json answer = handle(event);
  if (!event.contains("stream")) {
    responses.request("POST", path, answer.dump());
  } else {
    const auto pieces = event["stream"].at("pieces").get<int>();
    responses.stream(path, answer.dump(), pieces, milliseconds(event["stream"], "pause_ms"));
  }
  // For events that ask how long it all took, to the API's answer.
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
  const std::string log = environment("WORKLOAD_DURATIONS");
  if (!log.empty()) std::ofstream{log, std::ios::app} << took.count() << '\n';
}

void serve(Http& api, Http& responses) {
  const std::string invocation = "/2018-06-01/runtime/invocation/";
  for (;;) {
    const Response next = api.request("GET", invocation + "next");
    if (next.status != 200) throw std::runtime_error("invocation/next: " + std::to_string(next.status));
    const std::string id = next.header("lambda-runtime-aws-request-id");
    const auto event = nlohmann::json::parse(next.body);
    if (event.contains("error")) {
      const auto type = event["error"].get<std::string>();
      const nlohmann::json error = {{"errorType", type}, {"errorMessage", "as asked for"}};
      responses.request("POST", invocation + id + "/error", error.dump(),
                        "Lambda-Runtime-Function-Error-Type: " + type + "\r\n");
      continue;
    }
    respond(responses, invocation + id + "/response", event);
  }
}

}  // namespace
}  // namespace workload

int main(int argc, char** argv) {
  try {
    if (argc == 3 && std::string_view{argv[1]} == "--burn") {
      workload::burn_thread(std::chrono::nanoseconds{std::stoll(argv[2])});
      return 0;
    }
    if (argc == 4 && std::string_view{argv[1]} == "--map") workload::map_and_wait(argv[2], std::stoull(argv[3]));
    workload::initialize();
    const bool ipv6 = workload::environment("WORKLOAD_SOCKETS") == "ipv6";
    const std::string address = (ipv6 ? "::ffff:" : "") + workload::environment("AWS_LAMBDA_RUNTIME_API");
    const std::string kept = workload::environment("WORKLOAD_CONNECTION");
    workload::Http api(address, kept != "close");
    workload::Http second(address, true);
    const std::string internal = workload::environment("WORKLOAD_EXTENSION");
    if (!internal.empty()) workload::start_internal_extension(address, internal);
    if (workload::environment("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start") {
      workload::wait_for_restore(api);
    }
    workload::serve(api, kept == "two" ? second : api);
  } catch (const std::exception& error) {
    std::cerr << "workload: " << error.what() << '\n';
    return 1;
  }
}
