// The table of docs/metrics.md that says what the lines of a function cost a month, by LAMBDA_VITALS_LINES: computed
// from lines as they are encoded. `unit-tests -s "[log-cost]"` prints the sizes.
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "emf/summaries.h"
#include "support/catch.h"
#include "unit/emf/sample_records.h"
#include "unit/record/markdown.h"

using namespace vitals;
using namespace vitals::test;

namespace {

// What the page assumes.
constexpr int a_minute = 100;           // invocations of a sandbox
constexpr double notable_share = 0.01;  // besides the slowest of a minute
constexpr double dollars_a_byte = 0.50 / 1e9;

// A warm invocation that succeeded: without what only a first record or a bad end has.
InvocationRecord usual_record(int number) {
  InvocationRecord record;
  const InvocationRecord full = full_example();
  record.timestamp_ms = 1'605'034'320'000 + number * 500;  // within one minute
  full.fields().for_each([&](Field field) {
    for (const Field other :
         {Field::tenant_id, Field::availability_zone, Field::runtime_version, Field::durable, Field::cold_start,
          Field::status, Field::error_type, Field::timeout, Field::out_of_memory, Field::shutdown_reason,
          Field::init_duration, Field::restore_duration, Field::billed_restore_duration, Field::init_cpu_time,
          Field::extensions_cpu_time, Field::extensions_memory_max, Field::cpu_steal_time}) {
      if (field == other) return;
    }
    record.copy(field, full);
  });
  record.set_text(Field::status, "success");
  record.set_flag(Field::cold_start, false);
  record.set_thousandths(Field::cpu_total_time, 30'318 + number * 1'517);
  record.set_thousandths(Field::memory_utilization, 18'750);
  record.set_whole(Field::total_memory, 512);
  record.set_thousandths(Field::used_memory_max, 96'000);
  record.set_whole(Field::rx_bytes, 20'144 + number);
  record.set_whole(Field::tx_bytes, 8'121 + number);
  record.set_whole(Field::total_network, 28'265 + 2 * number);
  return record;
}

struct Sizes {
  std::size_t line = 0;       // of an invocation
  std::size_t summaries = 0;  // of a minute of a sandbox, together
  std::size_t lines = 0;      // these summaries
};

Sizes measured() {
  emf::LineEncoder encoder{options_of({"LAMBDA_VITALS_LINES=notable", nullptr})};
  Sizes sizes;
  emf::Summaries summaries{encoder, [&](const Summary& summary) {
                             sizes.summaries += encoder.encode(summary).size();
                             ++sizes.lines;
                           }};
  for (int number = 0; number < a_minute; ++number) CHECK(summaries.add(usual_record(number)));
  summaries.write_before(std::numeric_limits<std::int64_t>::max());
  sizes.line = encoder.encode(usual_record(0)).size();
  return sizes;
}

std::string dollars(double amount) {
  char text[32];
  std::snprintf(text, sizeof text, amount < 10 ? "$%.2f" : "$%.0f", amount);
  return text;
}

// The bytes of one invocation, if so many of all have a line of their own and the others' values are in summaries.
double bytes_of_one(const Sizes& sizes, double own_share) {
  const double summarized = static_cast<double>(sizes.summaries) / a_minute;
  return own_share * static_cast<double>(sizes.line) + (1 - own_share) * summarized;
}

}  // namespace

TEST_CASE("the costs of docs/metrics.md", "[log-cost][docs]") {
  const Sizes sizes = measured();
  INFO("a line " << sizes.line << ", the summaries of a minute " << sizes.summaries << " in " << sizes.lines);
  const double slowest = 1.0 / a_minute;
  const std::vector<std::pair<std::string, double>> settings{
      {"`all`", static_cast<double>(sizes.line)},
      {"`notable,1/100`", bytes_of_one(sizes, notable_share + slowest + 0.01)},
      {"`notable`", bytes_of_one(sizes, notable_share + slowest)},
      {"`1/100`", bytes_of_one(sizes, 0.01)}};
  auto rows = markdown_table("metrics.md", "`LAMBDA_VITALS_LINES`");
  REQUIRE(rows.size() == settings.size() + 1);
  for (std::size_t row = 0; row < settings.size(); ++row) {
    MarkdownRow expected{settings[row].first, std::to_string(std::lround(settings[row].second))};
    for (const double millions : {1, 10, 100}) {
      expected.push_back(dollars(millions * 1e6 * settings[row].second * dollars_a_byte));
    }
    CHECK(rows[row + 1] == expected);
  }
}
