// workload: a Lambda runtime that does a known amount of work, as the event says, and answers with what the kernel
// charged it for that. The ground truth of test/e2e/test_accuracy_*.py; see README.md.
#include <cstdlib>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "http.h"
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

void serve(Http& api) {
  const std::string invocation = "/2018-06-01/runtime/invocation/";
  for (;;) {
    const Response next = api.request("GET", invocation + "next");
    if (next.status != 200) throw std::runtime_error("invocation/next: " + std::to_string(next.status));
    const std::string id = next.header("lambda-runtime-aws-request-id");
    const auto event = nlohmann::json::parse(next.body);
    if (event.contains("error")) {
      const auto type = event["error"].get<std::string>();
      const nlohmann::json error = {{"errorType", type}, {"errorMessage", "as asked for"}};
      api.request("POST", invocation + id + "/error", error.dump(),
                  "Lambda-Runtime-Function-Error-Type: " + type + "\r\n");
      continue;
    }
    api.request("POST", invocation + id + "/response", handle(event).dump());
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
    workload::initialize();
    const bool ipv6 = workload::environment("WORKLOAD_SOCKETS") == "ipv6";
    workload::Http api((ipv6 ? "::ffff:" : "") + workload::environment("AWS_LAMBDA_RUNTIME_API"),
                       workload::environment("WORKLOAD_CONNECTION") != "close");
    if (workload::environment("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start") {
      api.request("GET", "/2018-06-01/runtime/restore/next");
    }
    workload::serve(api);
  } catch (const std::exception& error) {
    std::cerr << "workload: " << error.what() << '\n';
    return 1;
  }
}
