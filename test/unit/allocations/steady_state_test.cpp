// After one or two invocations, the next one allocates nothing, except in the HTTP and JSON libraries.
// Allocations cost little time, but what is not allocated cannot leak or fragment.
#include <fcntl.h>
#include <unistd.h>

#include <functional>

#include "emf/line_encoder.h"
#include "emf/summaries.h"
#include "invocation/on_demand.h"
#include "invocation/record_builder.h"
#include "output/line_sink.h"
#include "sampling/sampler.h"
#include "sampling/usage.h"
#include "support/allocations.h"
#include "support/catch.h"
#include "support/clocked_life_cycle.h"
#include "support/fake_instruments.h"
#include "support/idle_processes.h"

using namespace vitals;

namespace {

constexpr int warm_up = 5;
constexpr int turns = 100;

// What each turn allocates once the first ones are over.
double allocations_of(const std::function<void()>& work) {
  for (int turn = 0; turn < warm_up; ++turn) work();
  const auto before = bench::allocations();
  for (int turn = 0; turn < turns; ++turn) work();
  return static_cast<double>(bench::allocations() - before) / turns;
}

// This process's children are the function.
SamplerOptions own_children() {
  SamplerOptions options;
  options.self = ::getppid();
  options.parent = ::getpid();
  return options;
}

const SystemClock live_clock;

}  // namespace

TEST_CASE("the counter counts") {
  CHECK(allocations_of([] { ::operator delete(::operator new(1)); }) == 1);
}

TEST_CASE("a look at the function's processes allocates nothing", "[sampling]") {
  const bench::IdleProcesses function{5};
  Sampler sampler{own_children(), live_clock};
  Sample from;
  Sample to;
  Gauges gauges;
  Peaks peaks;
  CHECK(allocations_of([&] {
          sampler.read(from);
          sampler.read(gauges);
          peaks.add(gauges);
          sampler.read(to);
          (void)difference(from, to);
          (void)peak_resident_bytes(from, to, peaks);
        }) == 0);
}

TEST_CASE("a record and its line allocate nothing", "[emf]") {
  Window window;
  window.invoke = test::invoke("8f6a1c0e-52b7-4d19-9e3a-000000000001");
  window.usage = Usage{};
  const SandboxState sandbox;
  emf::LineEncoder encoder{Settings{}.emf};
  const FileDescriptor null{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  LineSink sink{null.get()};
  CHECK(allocations_of([&] { sink.write(encoder.encode(build_record(window, sandbox))); }) == 0);
}

namespace {

// Encodes each record, or adds it to a summary, as agent/line_output.h does.
class EncodingSink final : public RecordSink {
 public:
  explicit EncodingSink(const emf::Options& options)
      : encoder_(options), summaries_(encoder_, [this](const Summary& summary) { (void)encoder_.encode(summary); }) {}
  void write(const InvocationRecord& record) override { (void)encoder_.encode(record); }
  void summarize(const InvocationRecord& record) override { all_fit = all_fit && summaries_.add(record); }
  void write_summaries(std::int64_t time_ms) override { summaries_.write_before(minute_of(time_ms)); }

  bool all_fit = true;

 private:
  emf::LineEncoder encoder_;
  emf::Summaries summaries_;
};

}  // namespace

TEST_CASE("an invocation allocates nothing, whether it gets a line or not", "[agent]") {
  const char* const lines = GENERATE("LAMBDA_VITALS_LINES=all", "LAMBDA_VITALS_LINES=notable",
                                     "LAMBDA_VITALS_LINES=1/1000000", "LAMBDA_VITALS_LINES=notable,1/2");
  const char* const environment[] = {lines, "LAMBDA_VITALS_METRICS=+duration", nullptr};
  const Settings settings = load_settings(environment).settings;
  test::FakeClock clock;
  test::FakeInstruments instruments{clock};
  instruments.next.function = Totals{};
  EncodingSink sink{settings.emf};
  OnDemand on_demand{settings, SandboxState{}, instruments, sink, clock.now()};
  test::ClockedLifeCycle cycle{on_demand, clock};
  cycle.expect_telemetry();
  int number = 0;
  // The events themselves are made here, by hand: what that allocates is counted, too, and taken off.
  const auto id = [&] { return "8f6a1c0e-52b7-4d19-9e3a-" + std::to_string(100'000'000'000 + number); };
  const auto batch = [&] { return lambda::TelemetryBatch{.events = {test::runtime_done(id()), test::report(id())}}; };
  const double events = allocations_of([&] {
    ++number;
    (void)test::invoke(id());
    (void)batch();
  });
  const double all = allocations_of([&] {
    ++number;
    clock.advance(std::chrono::seconds{1 + number % 30});
    cycle.on_invoke(test::invoke(id()));
    cycle.on_telemetry(batch());
  });
  CHECK(all - events == 0);
  CHECK(sink.all_fit);
}
