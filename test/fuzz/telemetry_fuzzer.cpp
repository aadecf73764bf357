// A telemetry batch of any bytes: read in pieces of any size it gives the same as read at once, and each event has what
// its type must have.
#include "fuzz/fuzz.h"
#include "lambda/telemetry_events.h"

namespace {

using namespace vitals;
using namespace vitals::lambda;
using fuzz::promise;

void check(const TelemetryEvent& event) {
  const bool of_an_invocation = event.type == TelemetryType::start || event.type == TelemetryType::runtime_done ||
                                event.type == TelemetryType::report;
  if (of_an_invocation) promise(!event.request_id.empty(), "start, runtimeDone and report have a request id");
  for (const auto& duration :
       {event.duration, event.billed_duration, event.init_duration, event.restore_duration, event.response_latency,
        event.response_duration, event.runtime_overhead, event.extension_overhead}) {
    if (duration) promise(*duration >= std::chrono::nanoseconds{0}, "no duration is negative");
  }
  if (event.memory_size_mb) promise(*event.memory_size_mb >= 0, "no memory size is negative");
  if (event.max_memory_used_mb) promise(*event.max_memory_used_mb >= 0, "no memory use is negative");
  if (event.produced_bytes) promise(*event.produced_bytes >= 0, "no size is negative");
}

}  // namespace

// The first byte is the size of the pieces.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = data[0] + std::size_t{1};
  const auto body = fuzz::text_of(data + 1, size - 1);
  const auto whole = parse_telemetry(body);
  for (const auto& event : whole.events) check(event);

  TelemetryReader reader;
  std::size_t events = 0, dropped = 0, ignored = 0;
  const auto add = [&](const TelemetryBatch& batch) {
    for (const auto& event : batch.events) {
      promise(events < whole.events.size() && whole.events[events].type == event.type &&
                  whole.events[events].request_id == event.request_id,
              "pieces give the same events as the whole");
      ++events;
    }
    dropped += batch.dropped;
    ignored += batch.ignored;
  };
  for (std::size_t at = 0; at < body.size(); at += piece) add(reader.feed(body.substr(at, piece)));
  add(reader.end());
  promise(events == whole.events.size() && dropped == whole.dropped && ignored == whole.ignored,
          "pieces give as many events as the whole");
  return 0;
}
