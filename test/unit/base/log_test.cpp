// The extension's diagnostics, as they come out of standard error.
#include "base/log.h"

#include <string>
#include <thread>
#include <vector>

#include "support/catch.h"
#include "support/standard_error.h"

using namespace std::chrono_literals;
using namespace vitals;
using test::StandardError;

TEST_CASE("messages about every event are bounded, too, and suppressed ones are counted and reported") {
  const StandardError standard_error;
  constexpr std::size_t written = 100'000;
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < written; ++i)
    log::write(i % 2 == 0 ? log::Level::debug : log::Level::trace, "event {}", i);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  const auto most = 1000 + static_cast<std::size_t>(took.count() * 100) + 1;
  const auto count = [&](const std::string& part) {
    std::size_t found = 0;
    for (const auto& line : standard_error.lines()) found += line.find(part) != std::string::npos ? 1U : 0U;
    return found;
  };
  CHECK(count(": event ") <= most);
  CHECK(count(": event ") >= 1000);
  CHECK(standard_error.lines().size() <= 2 * most);

  // Who asks for every event hears of a failure all the same.
  log::error("a failure");
  CHECK(standard_error.lines().back() == "lambda-vitals: error: a failure");

  std::this_thread::sleep_for(50ms);
  log::debug("at last");
  std::size_t suppressed = 0;
  for (const auto& line : standard_error.lines()) {
    const std::string before = "lambda-vitals: debug: ";
    const auto place = line.find(" messages were suppressed");
    if (place != std::string::npos) suppressed += std::stoul(line.substr(before.size(), place - before.size()));
  }
  CHECK(standard_error.lines().back() == "lambda-vitals: debug: at last");
  CHECK(count(": event ") + suppressed == written);
}
