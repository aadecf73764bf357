// emf-validate: checks the lines on standard input.
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "validator/line_validator.h"
#include "validator/strict_json.h"

namespace {

using namespace vitals::validator;

constexpr char usage[] =
    R"(usage: emf-validate [--strict] [--emf] [--max-bytes N] < LINES

Checks Embedded Metric Format lines on standard input: against CloudWatch's rules, and against what Lambda Vitals
promises of its own lines. Lines that do not start with { are other log lines and are skipped.

Prints a line for each fault, then "N lines, M faults". Exit status: 0 when there was a line and no fault, 1 otherwise,
2 when it was called wrongly.

  --strict       a line that does not start with { is a fault, unless it is blank
  --emf          only CloudWatch's rules
  --max-bytes N  the longest line that is right, with its newline (default 4096)
  --help         this text
)";

struct Options {
  Rules rules;
  bool strict = false;
};

std::optional<Options> parse(int count, char** arguments) {
  Options options;
  for (int at = 1; at < count; ++at) {
    const std::string_view argument = arguments[at];
    if (argument == "--strict") {
      options.strict = true;
    } else if (argument == "--emf") {
      options.rules.vitals = false;
    } else if (argument == "--max-bytes" && at + 1 < count) {
      const std::string_view number = arguments[++at];
      const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), options.rules.max_bytes);
      if (error != std::errc{} || end != number.data() + number.size()) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  return options;
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

int validate(const Options& options) {
  LineValidator validator{options.rules};
  unsigned long number = 0;
  unsigned long lines = 0;
  unsigned long faults = 0;
  const auto report = [&](const std::string& fault) {
    std::printf("line %lu: %s\n", number, fault.c_str());
    ++faults;
  };

  char* buffer = nullptr;
  std::size_t capacity = 0;
  for (ssize_t size = 0; (size = ::getline(&buffer, &capacity, stdin)) >= 0;) {
    ++number;
    const std::string_view line{buffer, static_cast<std::size_t>(size)};
    if (line.starts_with('{')) {
      ++lines;
      for (const std::string& fault : validator.faults(line, now_ms())) report(fault);
    } else if (options.strict && line.find_first_not_of(" \t\r\n") != std::string_view::npos) {
      report("not a JSON object: " + shown(line));
    }
  }
  std::free(buffer);
  std::printf("%lu lines, %lu faults\n", lines, faults);
  return lines > 0 && faults == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 2 && std::string_view{arguments[1]} == "--help") {
    std::fputs(usage, stdout);
    return 0;
  }
  const auto options = parse(count, arguments);
  if (!options) {
    std::fputs(usage, stderr);
    return 2;
  }
  return validate(*options);
}
