// The extension's diagnostics, as they come out of standard error.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "support/temporary_directory.h"

namespace vitals::test {

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
    lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(first_));
    return lines;
  }
  // Those after a moment from which on the limit of debug messages lets some through.
  void wait_for_limit() {
    std::this_thread::sleep_for(std::chrono::milliseconds{200});
    log::debug("from here on");
    first_ = lines().size();
  }

 private:
  std::size_t first_ = 0;
  TemporaryDirectory directory_;
  std::string path_ = directory_.path() + "/stderr";
  int before_ = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
};

}  // namespace vitals::test
