#include "function.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <ctime>
#include <stdexcept>
#include <string>

#include "http_server.h"

namespace bench {

namespace {

void wait_for(std::chrono::microseconds duration) {
  if (duration.count() == 0) return;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  const timespec time{seconds.count(), (duration - seconds).count() * 1000};
  ::clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr);
}

void receive(int socket, std::string& text) {
  std::array<char, 16384> buffer;
  text.clear();
  while (message_size(text) == 0) {
    const ssize_t got = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (got <= 0) ::_exit(0);
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

[[noreturn]] void run_runtime(std::uint16_t api_port, std::chrono::microseconds duration) {
  const auto api = connect_to(api_port);
  std::string text;
  for (;;) {
    send_all(api.get(), "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    receive(api.get(), text);
    wait_for(duration);
    send_all(
        api.get(),
        "POST /2018-06-01/runtime/invocation/x/response HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}");
    receive(api.get(), text);
  }
}

}  // namespace

Function::Function(std::uint16_t api_port, int processes, std::chrono::microseconds duration) {
  processes_.reserve(static_cast<std::size_t>(std::max(processes, 0)));
  for (int number = 0; number < processes; ++number) {
    const pid_t pid = ::fork();
    if (pid < 0) throw std::runtime_error("fork: no more processes are to be had");
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (number == 0) run_runtime(api_port, duration);
      for (;;) ::pause();
    }
    processes_.push_back(pid);
  }
}

Function::~Function() {
  for (const pid_t pid : processes_) ::kill(pid, SIGKILL);
  for (const pid_t pid : processes_) ::waitpid(pid, nullptr, 0);
}

}  // namespace bench
