// Plays any history of events to the on-demand life cycle, with a clock and instruments of the fuzzer's own: one line
// for every INVOKE, in order, each valid, nothing negative, and no more than so many that wait. With
// LAMBDA_VITALS_LINES each INVOKE has a line or is in a valid summary.
#include <fuzzer/FuzzedDataProvider.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "emf/line_encoder.h"
#include "emf/summaries.h"
#include "fuzz/fuzz.h"
#include "invocation/on_demand.h"
#include "support/clocked_life_cycle.h"
#include "support/fake_instruments.h"
#include "unit/emf/sample_records.h"
#include "validator/line_validator.h"

namespace {

using namespace vitals;
using namespace std::chrono_literals;
using fuzz::promise;

class History {
 public:
  History(FuzzedDataProvider& input, const Settings& settings, emf::LineEncoder& encoder)
      : input_(input),
        encoder_(encoder),
        instruments_(clock_),
        in_order_(settings.lines.all()),
        summaries_(encoder_, [this](const Summary& summary) { check(encoder_.encode(summary), summary.head()); }),
        sink_([this](const InvocationRecord& record) { written(record); },
              [this](const InvocationRecord& record) { summarized(record); }),
        on_demand_(settings, SandboxState{}, instruments_, sink_, clock_.now()) {}

  void play() {
    if (input_.ConsumeBool()) cycle_.expect_telemetry();
    while (input_.remaining_bytes() > 0 && !over_) {
      step();
      const std::size_t held = in_order_ ? 0 : 1;
      promise(invoked_.size() - written_ <= max_waiting_windows + 2 + held, "no more than 64 windows wait");
    }
    if (!over_) cycle_.end();
    summaries_.write_before(std::numeric_limits<std::int64_t>::max());
    promise(written_ == invoked_.size(), "every INVOKE has its line, or is in a summary");
    promise(counted_ == summarized_, "every summarized invocation is in one summary");
    promise(!cycle_.next_tick(), "nothing is waited for at the end");
  }

 private:
  void step() {
    switch (input_.ConsumeIntegralInRange<int>(0, 9)) {
      case 0:
      case 1:
        return invoke();
      case 2:
      case 3:
        return telemetry();
      case 4:
      case 5:
        return tick();
      case 6:
        return time_passes();
      case 7:
        return sandbox_changes();
      case 8:
        return cycle_.on_telemetry(lambda::parse_telemetry(input_.ConsumeRandomLengthString(300)));
      default:
        if (input_.ConsumeIntegralInRange<int>(0, 15) == 0) shutdown();
    }
  }

  std::string an_id() { return std::string(1, static_cast<char>('a' + input_.ConsumeIntegralInRange<int>(0, 5))); }

  void invoke() {
    auto event = test::invoke(an_id());
    event.deadline = clock_.now().wall + std::chrono::milliseconds{input_.ConsumeIntegralInRange<int>(-1000, 10'000)};
    if (input_.ConsumeIntegralInRange<int>(0, 9) == 0) event.deadline.reset();
    if (input_.ConsumeBool()) event.trace_id = input_.ConsumeRandomLengthString(40);
    if (input_.ConsumeBool()) event.invoked_function_arn = input_.ConsumeRandomLengthString(80);
    if (cycle_.is_repeated(event)) return;
    invoked_.emplace_back(event.request_id.text());
    cycle_.on_invoke(event);
    // As the agent does: what is due at once is done at once.
    promise(!cycle_.hold_until() || *cycle_.hold_until() > clock_.now().steady, "a wait lies ahead");
  }

  void telemetry() {
    static constexpr const char* types[] = {"initStart",   "initRuntimeDone", "initReport",   "start",
                                            "runtimeDone", "report",          "restoreStart", "restoreReport",
                                            "runtimeDone", "report",          "logsDropped",  "telemetrySubscription"};
    static constexpr const char* statuses[] = {"success", "failure", "error", "timeout", "", "\\u0000"};
    std::string body = R"([{"type":"platform.)" + std::string{input_.PickValueInArray(types)} +
                       R"(","time":"2023-11-14T22:13:2)" + std::to_string(input_.ConsumeIntegralInRange<int>(0, 9)) +
                       R"(.5Z","record":{"requestId":")" + an_id() + R"(","status":")" +
                       input_.PickValueInArray(statuses) + R"(","metrics":{)";
    body += R"("durationMs":)" + number() + R"(,"billedDurationMs":)" + number() + R"(,"memorySizeMB":)" + number() +
            R"(,"maxMemoryUsedMB":)" + number() + R"(,"initDurationMs":)" + number() + R"(,"producedBytes":)" +
            number() + R"(},"spans":[{"name":"responseLatency","durationMs":)" + number() + "}]}}]";
    cycle_.on_telemetry(lambda::parse_telemetry(body));
  }

  std::string number() {
    static constexpr const char* odd[] = {"-1", "1e300", "null", "\"7\"", "0.0005", "9007199254740993"};
    if (input_.ConsumeIntegralInRange<int>(0, 7) == 0) return input_.PickValueInArray(odd);
    return std::to_string(input_.ConsumeIntegralInRange<std::uint32_t>(0, 100'000));
  }

  void tick() {
    const auto next = cycle_.next_tick();
    if (!next) return;
    if (*next > clock_.now().steady) clock_.advance(*next - clock_.now().steady);
    if (input_.ConsumeIntegralInRange<int>(0, 7) == 0) instruments_.end = clock_.now().steady - 20ms;
    cycle_.on_tick();
  }

  void time_passes() {
    clock_.advance(std::chrono::microseconds{input_.ConsumeIntegralInRange<int>(0, 3'000'000)});
    if (input_.ConsumeIntegralInRange<int>(0, 7) == 0) {
      clock_.set_wall(clock_.now().wall + std::chrono::seconds{input_.ConsumeIntegralInRange<int>(-7200, 7200)});
    }
  }

  // Counters that grow, and sometimes fall or vanish.
  void sandbox_changes() {
    auto& sample = instruments_.next;
    const auto any = [this] { return input_.ConsumeIntegral<std::uint32_t>(); };
    switch (input_.ConsumeIntegralInRange<int>(0, 5)) {
      case 0:
        sample.function.reset();
        break;
      case 1:
        if (!sample.function) sample.function.emplace();
        sample.function->cpu.user = std::chrono::microseconds{any()};
        sample.function->cpu.system = std::chrono::microseconds{any()};
        sample.function->major_faults = any();
        sample.function->read_bytes = any();
        break;
      case 2:
        sample.interfaces.assign(1, {{'e', 't', 'h', '0'}, any(), any()});
        break;
      case 3:
        sample.gauges.resident_bytes = any();
        sample.gauges.processes = any() % 3;
        sample.gauges.open_descriptors = any();
        sample.gauges.tmp_used_bytes = any();
        break;
      case 4:
        sample.processes.assign(1, {1, 1, any(), any(), any()});
        break;
      default:
        sample.agent_cpu = std::chrono::nanoseconds{any()};
        instruments_.cpu += std::chrono::nanoseconds{any()};
    }
  }

  void shutdown() {
    static constexpr const char* reasons[] = {"spindown", "timeout", "failure", "ReleaseFail", "", "\xff"};
    over_ = true;
    std::optional<WallTime> deadline;
    if (input_.ConsumeBool()) deadline = clock_.now().wall + std::chrono::milliseconds{input_.ConsumeIntegral<int>()};
    cycle_.on_shutdown({input_.PickValueInArray(reasons), deadline});
    for (int i = 0; i < 3 && cycle_.reports_until(); ++i) telemetry();
    cycle_.release();
  }

  void written(const InvocationRecord& record) {
    promise(written_ < invoked_.size(), "no line without an INVOKE");
    const bool is_next = std::get<std::string_view>(record.get(Field::request_id)) == invoked_[written_];
    promise(is_next || !in_order_, "lines come in order");
    ++written_;
    check(encoder_.encode(record), record);
  }

  void summarized(const InvocationRecord& record) {
    promise(written_ < invoked_.size(), "nothing is summarized without an INVOKE");
    if (!summaries_.add(record)) return written(record);
    ++written_;
    ++summarized_;
  }

  void check(std::string_view text, const InvocationRecord& record) {
    const std::string line{text};
    if (const auto* invocations = std::get_if<std::int64_t>(&record.get(Field::invocations))) counted_ += *invocations;
    for (const auto& fault : validator::faults(line, record.timestamp_ms)) {
      std::fprintf(stderr, "%s\n%s\n", fault.c_str(), line.c_str());
      promise(false, "every line is valid");
    }
  }

  FuzzedDataProvider& input_;
  emf::LineEncoder& encoder_;
  test::FakeClock clock_;
  test::FakeInstruments instruments_;
  bool in_order_;
  emf::Summaries summaries_;
  test::CallingSink sink_;
  OnDemand on_demand_;
  test::ClockedLifeCycle cycle_{on_demand_, clock_};
  std::vector<std::string> invoked_;
  std::size_t written_ = 0;
  std::int64_t summarized_ = 0;
  std::int64_t counted_ = 0;  // in the lines of summaries
  bool over_ = false;
};

Settings settings_of(std::initializer_list<const char*> environment) {
  return load_settings(environment.begin()).settings;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Settings async =
      settings_of({"AWS_LAMBDA_FUNCTION_NAME=f", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512", nullptr});
  static const Settings sync = settings_of({"AWS_LAMBDA_FUNCTION_NAME=f", "LAMBDA_VITALS_EMIT=sync", nullptr});
  static const Settings some = settings_of(
      {"AWS_LAMBDA_FUNCTION_NAME=f", "LAMBDA_VITALS_LINES=notable,1/2", "LAMBDA_VITALS_METRICS=+duration", nullptr});
  static emf::LineEncoder encoder{async.emf};
  static emf::LineEncoder encoder_of_some{some.emf};
  static const bool quiet = (log::set_level(spdlog::level::off), true);
  static_cast<void>(quiet);
  FuzzedDataProvider input{data, size};
  switch (input.ConsumeIntegralInRange<int>(0, 2)) {
    case 0:
      History{input, async, encoder}.play();
      break;
    case 1:
      History{input, sync, encoder}.play();
      break;
    default:
      History{input, some, encoder_of_some}.play();
  }
  return 0;
}
