#include "function.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <ctime>
#include <stdexcept>
#include <string>

#include "http_server.h"

namespace bench {

namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

// A thread that is on the CPU and yet has not run for so long was throttled: its group's quota was used up.
constexpr nanoseconds throttled_from = 2ms;

nanoseconds read_clock(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::chrono::seconds{time.tv_sec} + nanoseconds{time.tv_nsec};
}

// Uses CPU until `end` of the thread's CPU clock. When the thread last ran again after it was throttled, 0 for never.
nanoseconds burn_until(nanoseconds end) {
  nanoseconds resumed_at{0};
  nanoseconds last = read_clock(CLOCK_MONOTONIC);
  while (read_clock(CLOCK_THREAD_CPUTIME_ID) < end) {
    const nanoseconds now = read_clock(CLOCK_MONOTONIC);
    if (now - last >= throttled_from) resumed_at = now;
    last = now;
  }
  return resumed_at;
}

std::int64_t number_after(std::string_view json, std::string_view name) {
  const auto at = json.find(name);
  std::int64_t value = 0;
  if (at != std::string_view::npos) std::from_chars(json.data() + at + name.size(), json.data() + json.size(), value);
  return value;
}

void wait_for(microseconds duration) {
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

[[noreturn]] void run_runtime(std::uint16_t api_port) {
  const auto api = connect_to(api_port);
  std::string text;
  for (;;) {
    send_all(api.get(), "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    receive(api.get(), text);
    const nanoseconds began = read_clock(CLOCK_THREAD_CPUTIME_ID);
    const Work work = work_of(text);
    Worked worked;
    if (work.cpu.count() > 0) worked.resumed_at = burn_until(began + work.cpu);
    wait_for(work.sleep);
    worked.cpu = read_clock(CLOCK_THREAD_CPUTIME_ID) - began;
    const std::string body = to_json(worked);
    send_all(api.get(),
             "POST /2018-06-01/runtime/invocation/x/response HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " +
                 std::to_string(body.size()) + "\r\n\r\n" + body);
    receive(api.get(), text);
  }
}

}  // namespace

std::string to_json(const Work& work) {
  return R"({"cpuUs":)" + std::to_string(work.cpu.count()) + R"(,"sleepUs":)" + std::to_string(work.sleep.count()) +
         "}";
}

std::string to_json(const Worked& worked) {
  return R"({"cpuNs":)" + std::to_string(worked.cpu.count()) + R"(,"resumedNs":)" +
         std::to_string(worked.resumed_at.count()) + "}";
}

Work work_of(std::string_view json) {
  return {microseconds{number_after(json, R"("cpuUs":)")}, microseconds{number_after(json, R"("sleepUs":)")}};
}

Worked worked_of(std::string_view json) {
  return {nanoseconds{number_after(json, R"("cpuNs":)")}, nanoseconds{number_after(json, R"("resumedNs":)")}};
}

Function::Function(std::uint16_t api_port, int processes, const CpuGroup* group) {
  processes_.reserve(static_cast<std::size_t>(std::max(processes, 0)));
  for (int number = 0; number < processes; ++number) {
    const pid_t pid = ::fork();
    if (pid < 0) throw std::runtime_error("fork: no more processes are available");
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (group != nullptr) group->enter();
      if (number == 0) run_runtime(api_port);
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
