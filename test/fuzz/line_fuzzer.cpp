// Any record as a line, with the default settings: always one line, valid by the project's own validator, and at most
// 4,096 bytes.
#include <fuzzer/FuzzedDataProvider.h>

#include <string>
#include <vector>

#include "emf/line_encoder.h"
#include "fuzz/fuzz.h"
#include "record/catalogue.h"
#include "unit/emf/sample_records.h"
#include "validator/line_validator.h"

namespace {

using namespace vitals;

// A whole number of any size that the rest of the program can hand over: no measure is negative, and none reaches 2^53.
std::int64_t number(FuzzedDataProvider& input) {
  return input.ConsumeIntegralInRange<std::int64_t>(0, (std::int64_t{1} << 53U) - 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input{data, size};
  static emf::LineEncoder full{test::options_of({nullptr})};
  static emf::LineEncoder compact{test::options_of({"LAMBDA_VITALS_RECORD=compact", nullptr})};
  static emf::LineEncoder with_level{
      test::options_of({"AWS_LAMBDA_LOG_FORMAT=JSON", "LAMBDA_VITALS_METRICS=all", nullptr})};

  InvocationRecord record;
  record.timestamp_ms = test::sample_time_ms;
  std::vector<std::string> texts;
  texts.reserve(field_count);
  // What the record builder always sets.
  record.set_text(Field::request_id, "id");
  record.set_text(Field::function_name, "function");
  while (input.remaining_bytes() > 0) {
    const auto field = static_cast<Field>(input.ConsumeIntegralInRange<std::size_t>(0, field_count - 1));
    if (field == Field::event_type || texts.size() == field_count) break;
    switch (info(field).kind) {
      case Kind::text:
      case Kind::word:
        record.set_text(field, texts.emplace_back(input.ConsumeRandomLengthString(2000)));
        break;
      case Kind::boolean:
        record.set_flag(field, input.ConsumeBool());
        break;
      case Kind::whole:
        record.set_whole(field, number(input));
        break;
      case Kind::thousandths:
        record.set_thousandths(field, number(input));
        break;
    }
  }
  for (auto* const encoder : {&full, &compact, &with_level}) {
    const std::string line{encoder->encode(record)};
    const std::size_t limit = encoder == &with_level ? 16'384 : 4096;
    for (const auto& fault : validator::faults(line, test::sample_time_ms, {.vitals = false, .max_bytes = limit})) {
      std::fprintf(stderr, "%s\n%s\n", fault.c_str(), line.c_str());
      fuzz::promise(false, "every line is valid");
    }
  }
  return 0;
}
