// lambda-vitals: wires the extension together. What it does is in agent/, how it is attached in README.md.
#include <fcntl.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <bit>
#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "agent/agent.h"
#include "base/log.h"
#include "config/settings.h"
#include "lambda/endpoint.h"

namespace {

constexpr const char* usage =
    "lambda-vitals " VITALS_VERSION
    ": an AWS Lambda extension that writes one line of metrics for every invocation.\n"
    "\n"
    "usage: lambda-vitals [--help | --version]\n"
    "\n"
    "Lambda starts it by itself from /opt/extensions: attach it to a function as a layer, or copy it there in a\n"
    "container image. Settings are environment variables of the function, LAMBDA_VITALS_*: see docs/configuration.md.\n"
    "To try it on this machine, see docs/local-testing.md.\n"
    "\n"
    "exit status: 0 after SHUTDOWN or SIGTERM, 1 when it could not register or the Extensions API has gone,\n"
    "2 when it does not run in Lambda or was called with arguments it does not know.\n";

// Descriptors 0 to 2 that are closed would be given to the next file that is opened, and lines would go there. They get
// a descriptor that can be neither read nor written.
void hold_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) < 0) ::open("/", O_PATH | O_DIRECTORY);
  }
}

// The path of the running file as it was executed: the name that Lambda expects at registration is its basename.
vitals::Identity identity(const char* called_as) {
  const auto executed = ::getauxval(AT_EXECFN);
  const std::string_view path = executed != 0 ? std::bit_cast<const char*>(executed) : called_as;
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return {std::string{path}, {}};
  return {std::string{path.substr(slash + 1)}, std::string{path.substr(0, slash)}};
}

vitals::log::Level spdlog_level(vitals::LogLevel level) {
  switch (level) {
    case vitals::LogLevel::trace:
      return spdlog::level::trace;
    case vitals::LogLevel::debug:
      return spdlog::level::debug;
    case vitals::LogLevel::info:
      return spdlog::level::info;
    case vitals::LogLevel::warn:
      return spdlog::level::warn;
    case vitals::LogLevel::error:
      return spdlog::level::err;
    case vitals::LogLevel::off:
      return spdlog::level::off;
  }
  return spdlog::level::warn;
}

int run(const char* called_as) {
  auto [settings, warnings] = vitals::load_settings();
  vitals::log::set_level(spdlog_level(settings.log_level));
  for (const auto& warning : warnings) vitals::log::warn("{}", warning);
  if (settings.runtime_api.empty()) {
    std::fputs(
        "lambda-vitals: AWS_LAMBDA_RUNTIME_API is not set: this is an extension that AWS Lambda starts, see --help\n",
        stderr);
    return 2;
  }
  const auto api = vitals::lambda::parse_endpoint(settings.runtime_api);
  if (!api) {
    std::fprintf(stderr, "lambda-vitals: AWS_LAMBDA_RUNTIME_API: %s\n", api.error().text.c_str());
    return 2;
  }
  const vitals::SystemClock clock;
  vitals::Agent agent{std::move(settings), identity(called_as), *api, clock, STDOUT_FILENO};
  return agent.run();
}

}  // namespace

int main(int argc, char** argv) {
  hold_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);
  if (argc > 1) {
    const std::string_view argument = argv[1];
    if (argument == "--version") {
      std::puts("lambda-vitals " VITALS_VERSION);
      return 0;
    }
    if (argument == "--help" || argument == "-h") {
      std::fputs(usage, stdout);
      return 0;
    }
    std::fprintf(stderr, "lambda-vitals: %s is not an option, see --help\n", argv[1]);
    return 2;
  }
  return run(argc > 0 ? argv[0] : "lambda-vitals");
}
