#include "internal_extension.h"

#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <thread>

#include "http.h"
#include "steps.h"

namespace workload {

void start_internal_extension(const std::string& address, const std::string& events) {
  auto api = std::make_unique<Http>(address, true);
  const bool invoke = events.starts_with("INVOKE");
  const Response registered =
      api->request("POST", "/2020-01-01/extension/register", invoke ? R"({"events":["INVOKE"]})" : R"({"events":[]})",
                   "Lambda-Extension-Name: internal\r\nContent-Type: application/json\r\n");
  if (registered.status != 200) throw std::runtime_error("register: " + registered.body);
  const std::string id = registered.header("lambda-extension-identifier");
  const auto after = events.rfind(' ');
  const auto late = after == std::string::npos ? 0 : std::stoll(events.substr(after + 1));
  std::thread([api = std::move(api), id, late] {
    try {
      for (;;) {
        api->request("GET", "/2020-01-01/extension/event/next", {}, "Lambda-Extension-Identifier: " + id + "\r\n");
        sleep_for(std::chrono::milliseconds{late});
      }
    } catch (const std::exception&) {
      // The API is unreachable: the sandbox ends.
    }
  }).detach();
}

}  // namespace workload
