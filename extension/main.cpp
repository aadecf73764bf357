// lambda-vitals: connects the parts of the extension. agent/ does the work; README.md shows how to attach it.
#include <fcntl.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "agent/agent.h"
#include "agent/machine_sample.h"
#include "base/log.h"
#include "base/process_setup.h"
#include "config/settings.h"
#include "lambda/endpoint.h"
#include "lambda/registration.h"

namespace {

using vitals::lambda::Subscribe;

constexpr const char* usage =
    "lambda-vitals " VITALS_VERSION
    ": an AWS Lambda extension that writes one line of metrics for every invocation.\n"
    "\n"
    "Lambda starts it by itself from /opt/extensions: attach it to a function as a layer, or copy it there in a\n"
    "container image. It needs no permission and no configuration. Settings are environment variables of the\n"
    "function, LAMBDA_VITALS_*: see docs/configuration.md. To try a function with it on this machine, see\n"
    "docs/local-testing.md.\n"
    "\n"
    "Options for use by hand:\n"
    "\n"
    "  --sample    the line of this machine, after a second: all its processes stand for the function\n"
    "  --version   the version\n"
    "  -h, --help  this text\n"
    "\n"
    "exit status: 0 after SHUTDOWN or SIGTERM, 1 if it could not register or the Extensions API is unreachable,\n"
    "2 if it does not run in Lambda or was called with unknown arguments.\n";

// If descriptors 0 to 2 were closed, the next file opened would get their number and receive the lines. They get a
// descriptor that can be neither read nor written.
void hold_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) < 0) ::open("/", O_PATH | O_DIRECTORY);
  }
}

// Reports an exception that nobody caught and ends the process. That is a bug. It needs no memory.
[[noreturn]] void end_with_a_message() {
  std::set_terminate(&std::abort);
  try {
    if (const auto thrown = std::current_exception()) std::rethrow_exception(thrown);
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "lambda-vitals: error: uncaught exception: %s; the extension aborts\n", exception.what());
  } catch (...) {
    std::fputs("lambda-vitals: error: uncaught exception that is not a std::exception; the extension aborts\n", stderr);
  }
  std::abort();
}

// The path of the running file as it was executed. Its basename is the name that Lambda expects at registration.
struct Identity {
  std::string_view name;
  std::string_view directory;
};

Identity identity(const char* called_as) {
  const auto executed = ::getauxval(AT_EXECFN);
  const std::string_view path = executed != 0 ? std::bit_cast<const char*>(executed) : called_as;
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return {path, {}};
  return {path.substr(slash + 1), path.substr(0, slash)};
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

vitals::Settings settings_from_environment() {
  auto [settings, warnings] = vitals::load_settings();
  vitals::log::set_level(spdlog_level(settings.log_level));
  for (const auto& warning : warnings) vitals::log::warn("{}", warning);
  return std::move(settings);
}

int run(const char* called_as, std::uint64_t open_files) {
  const auto wanted = vitals::load_registration_settings();
  if (wanted.runtime_api.empty()) {
    std::fputs(
        "lambda-vitals: this is not Lambda (AWS_LAMBDA_RUNTIME_API is not set), and Lambda starts this extension by "
        "itself: see --help\n",
        stderr);
    return 2;
  }
  const auto api = vitals::lambda::find_endpoint(wanted.runtime_api);
  if (!api) {
    std::fprintf(
        stderr,
        "lambda-vitals: error: %s; the extension exits with 2; set it to the address and port of the Lambda APIs, "
        "such as 127.0.0.1:9001\n",
        api.error().text.c_str());
    return 2;
  }
  if (open_files < vitals::fewest_open_files) {
    std::fprintf(
        stderr,
        "lambda-vitals: error: this process may open %u files (RLIMIT_NOFILE) and needs %u: the extension exits "
        "with 1; raise the limit (ulimit -n)\n",
        static_cast<unsigned>(open_files), static_cast<unsigned>(vitals::fewest_open_files));
    return 1;
  }
  const auto [name, directory] = identity(called_as);
  vitals::lambda::Registration registration{
      *api, std::string{name},
      wanted.enabled && !wanted.managed ? Subscribe::invoke_and_shutdown : Subscribe::shutdown_only, wanted.snap_start};
  vitals::lambda::send_at_once(registration);
  const vitals::SystemClock clock;
  try {
    vitals::Settings settings = settings_from_environment();
    if (open_files < vitals::enough_open_files) {
      vitals::log::warn(
          "this process may open {} files (RLIMIT_NOFILE), fewer than {}: some values, or all telemetry, will be "
          "absent; "
          "raise the limit (ulimit -n)",
          open_files, vitals::enough_open_files);
    }
    vitals::Agent agent{std::move(settings), std::move(registration), directory, clock, STDOUT_FILENO};
    return agent.run();
  } catch (const std::exception& failed) {  // the event loop could not get its descriptors or memory
    std::fprintf(stderr, "lambda-vitals: error: cannot start: %s; the extension exits with 1\n", failed.what());
    return 1;
  }
}

// Handles the command line of a person.
int answer(std::string_view option, const char* more) {
  if (more != nullptr) {
    std::fprintf(stderr, "lambda-vitals: unexpected argument %s; see --help\n", more);
    return 2;
  }
  if (option == "--version") {
    std::puts("lambda-vitals " VITALS_VERSION);
    return 0;
  }
  if (option == "--help" || option == "-h") {
    std::fputs(usage, stdout);
    return 0;
  }
  if (option == "--sample") {
    return vitals::show_machine_sample(settings_from_environment(), vitals::SystemClock{}, STDOUT_FILENO);
  }
  std::fprintf(stderr, "lambda-vitals: unknown option %.*s; see --help\n", static_cast<int>(option.size()),
               option.data());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  hold_standard_descriptors();
  std::set_terminate(&end_with_a_message);
  vitals::reset_signals();
  vitals::ask_for_short_slices();
  const auto open_files = vitals::raise_open_file_limit();
  if (argc > 1) return answer(argv[1], argc > 2 ? argv[2] : nullptr);
  return run(argc > 0 ? argv[0] : "lambda-vitals", open_files);
}
