#include "invocation/in_flight.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace vitals {

using lambda::TelemetryEvent;

namespace {

// How many of the last ends are checked for being later than a start that arrived after them: events are out of order
// by a few at most.
constexpr std::size_t disorder = 64;

std::size_t hash_of(const RequestId& id) {
  return std::hash<std::string_view>{}(id.text());
}

}  // namespace

void InFlight::start(const TelemetryEvent& event, const TimePoint& now) {
  const std::size_t hash = hash_of(event.request_id);
  const WallTime started = event.time.value_or(now.wall);
  if (has_ended(hash, started)) return;
  if (const auto at = find(event.request_id, hash)) {
    if (started <= flights_[*at].started) return;
    take_off(*at, nullptr, flights_[*at].started);  // this is a retry
  }
  Flight flight;
  flight.request_id = event.request_id;
  flight.trace_id = event.trace_id;
  flight.version = event.version;
  flight.tenant_id = event.tenant_id;
  flight.number = next_number_++;
  flight.started = started;
  flight.concurrency = concurrency_at(started);
  count_for_others(started);
  const auto early = std::find_if(early_.begin(), early_.end(), [&](const Early& other) {
    return other.report.request_id == event.request_id && (!other.report.time || *other.report.time >= started);
  });
  if (early != early_.end()) {
    const TelemetryEvent report = early->report;
    early_.erase(early);
    over(flight, &report, report.time);
    return;
  }
  if (flights_.size() == max_flights) evict_oldest();
  flights_.push_back(flight);
  hashes_.push_back(hash);
}

void InFlight::report(const TelemetryEvent& event, const TimePoint& now) {
  const std::size_t hash = hash_of(event.request_id);
  if (const auto at = find(event.request_id, hash)) {
    if (!event.time || *event.time >= flights_[*at].started) return take_off(*at, &event, event.time);
    return;  // it belongs to an earlier attempt, which was given up
  }
  if (has_ended(hash, event.time)) return;
  const bool known = std::any_of(early_.begin(), early_.end(),
                                 [&](const Early& other) { return other.report.request_id == event.request_id; });
  if (known) return;
  if (early_.size() == max_early) {
    const Early oldest = early_.front();
    early_.erase(early_.begin());
    over_without_start(oldest.report);
  }
  early_.push_back({event, now.steady});
}

std::optional<std::size_t> InFlight::find(const RequestId& id, std::size_t hash) const {
  for (auto at = hashes_.begin(); (at = std::find(at, hashes_.end(), hash)) != hashes_.end(); ++at) {
    const auto index = static_cast<std::size_t>(at - hashes_.begin());
    if (flights_[index].request_id == id) return index;
  }
  return std::nullopt;
}

// Whether an event of this time belongs to an attempt that has ended.
bool InFlight::has_ended(std::size_t hash, const std::optional<WallTime>& time) const {
  for (auto at = ended_hashes_.begin(); (at = std::find(at, ended_hashes_.end(), hash)) != ended_hashes_.end(); ++at) {
    const Ended& ended = ended_[static_cast<std::size_t>(at - ended_hashes_.begin())];
    if (!time || !ended.at || *time <= *ended.at) return true;
  }
  return false;
}

// The number of those in flight at that moment, plus one. Uses the times of the events, which may arrive out of order.
std::uint32_t InFlight::concurrency_at(WallTime started) {
  const auto doubtful = [this](const Flight& flight) { return flight.number < doubtful_before_; };
  if (doubtful_before_ > 0) {
    if (std::any_of(flights_.begin(), flights_.end(), doubtful)) return 0;
    doubtful_before_ = 0;
  }
  auto count = std::count_if(flights_.begin(), flights_.end(),
                             [started](const Flight& other) { return other.started <= started; });
  for (std::size_t back = 1; back <= std::min(disorder, ended_.size()); ++back) {
    const Ended& ended = ended_[(next_ended_ + ended_.size() - back) % ended_.size()];
    if (ended.started && ended.at && *ended.started <= started && *ended.at > started) ++count;
  }
  return static_cast<std::uint32_t>(count) + 1;
}

// A start that arrives late was in flight when others started: corrects their numbers.
void InFlight::count_for_others(WallTime started) {
  for (Flight& other : flights_) {
    if (other.concurrency > 0 && other.started > started) ++other.concurrency;
  }
}

void InFlight::take_off(std::size_t at, const TelemetryEvent* report, std::optional<WallTime> ended) {
  const Flight flight = flights_[at];
  flights_[at] = flights_.back();
  hashes_[at] = hashes_.back();
  flights_.pop_back();
  hashes_.pop_back();
  over(flight, report, ended);
}

void InFlight::over(const Flight& flight, const TelemetryEvent* report, std::optional<WallTime> at) {
  const Ended ended{flight.started, at};
  const std::size_t hash = hash_of(flight.request_id);
  if (ended_.size() < max_ended) {
    ended_.push_back(ended);
    ended_hashes_.push_back(hash);
    next_ended_ = ended_.size() % max_ended;
  } else {
    ended_[next_ended_] = ended;
    ended_hashes_[next_ended_] = hash;
    next_ended_ = (next_ended_ + 1) % max_ended;
  }
  over_(flight, report);
}

void InFlight::over_without_start(const TelemetryEvent& report) {
  Flight flight;
  flight.request_id = report.request_id;
  flight.trace_id = report.trace_id;
  over(flight, &report, report.time);
}

void InFlight::evict_oldest() {
  const auto oldest = std::min_element(flights_.begin(), flights_.end(),
                                       [](const Flight& a, const Flight& b) { return a.number < b.number; });
  ++evicted_;
  take_off(static_cast<std::size_t>(oldest - flights_.begin()), nullptr, std::nullopt);
}

void InFlight::expire(const TimePoint& now) {
  while (!early_.empty() && early_.front().arrived + early_wait <= now.steady) {
    const Early oldest = early_.front();
    early_.erase(early_.begin());
    over_without_start(oldest.report);
  }
  for (std::size_t at = flights_.size(); at-- > 0;) {
    if (now.wall - *flights_[at].started > longest_flight) take_off(at, nullptr, std::nullopt);
  }
}

std::optional<SteadyTime> InFlight::due() const {
  if (early_.empty()) return std::nullopt;
  return early_.front().arrived + early_wait;
}

void InFlight::release() {
  while (!early_.empty()) {
    const Early oldest = early_.front();
    early_.erase(early_.begin());
    over_without_start(oldest.report);
  }
  std::sort(flights_.begin(), flights_.end(), [](const Flight& a, const Flight& b) { return a.number > b.number; });
  std::transform(flights_.begin(), flights_.end(), hashes_.begin(),
                 [](const Flight& flight) { return hash_of(flight.request_id); });
  while (!flights_.empty()) take_off(flights_.size() - 1, nullptr, std::nullopt);
}

}  // namespace vitals
