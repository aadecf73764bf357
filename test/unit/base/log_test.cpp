// The extension's own messages, as they come out of standard error.
#include "base/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.h"
#include "support/temporary_directory.h"

using namespace std::chrono_literals;
using namespace vitals;

namespace {

// Standard error goes to a file for as long as this lives, and all levels are on.
class StandardError {
 public:
  StandardError() {
    log::set_level(log::Level::trace);
    const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ::dup2(file, STDERR_FILENO);
    ::close(file);
  }
  StandardError(const StandardError&) = delete;
  StandardError& operator=(const StandardError&) = delete;
  ~StandardError() {
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
    log::set_level(log::Level::warn);
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    std::ifstream file{path_};
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }

 private:
  TemporaryDirectory directory_;
  std::string path_ = directory_.path() + "/stderr";
  int before_ = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
};

}  // namespace

TEST_CASE("messages that tell of every event are bounded, too, and what was left out is counted and said") {
  const StandardError standard_error;
  constexpr std::size_t said = 100'000;
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < said; ++i) log::write(i % 2 == 0 ? log::Level::debug : log::Level::trace, "event {}", i);
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
  std::size_t left_out = 0;
  for (const auto& line : standard_error.lines()) {
    const std::string before = "lambda-vitals: debug: ";
    const auto place = line.find(" messages were left out");
    if (place != std::string::npos) left_out += std::stoul(line.substr(before.size(), place - before.size()));
  }
  CHECK(standard_error.lines().back() == "lambda-vitals: debug: at last");
  CHECK(count(": event ") + left_out == said);
}
