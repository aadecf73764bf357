#include "sampling/resident_memory.h"

#include <algorithm>
#include <limits>

namespace vitals {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {

// A reading takes 15 µs for the process, its open and its mappings, and 5 to 7 µs for each MB, measured on Linux 6.18.
constexpr double cost_of_process = 15'000;
constexpr double first_cost_per_byte = 6'000.0 / (1U << 20U);

// Memory that still grows from sample to sample is not worth a reading yet. But if samples are this far apart there may
// be no later one.
constexpr auto far_apart = 100ms;
constexpr auto first_wait = 4ms;

std::uint64_t difference(std::uint64_t one, std::uint64_t other) {
  return one > other ? one - other : other - one;
}

void keep_max(std::optional<std::uint64_t>& most, std::uint64_t value) {
  most = std::max(most.value_or(0), value);
}

bool is_doubtful(std::uint64_t bytes, std::uint64_t doubt) {
  // A quarter is left for the error of the reading itself.
  return doubt > resident_tolerance(bytes) * 3 / 4;
}

}  // namespace

ResidentMemory::ResidentMemory(bool guess, std::uint64_t page_bytes)
    : guess_(guess), page_bytes_(page_bytes), cost_per_byte_(first_cost_per_byte) {
}

ResidentSum ResidentMemory::update(std::span<ResidentProcess* const> processes, std::uint64_t unseen, bool boundary,
                                   SteadyTime began, SteadyTime ended, PssSource& source) {
  ResidentSum sum;
  for (ResidentProcess* const process : processes) ++process->origin.samples;
  const ResidentModel model = model_resident(processes, page_bytes_);
  const bool several = model.forks > 0 || model.program_count > 1;
  // A worker that was forked before the last sample, but not seen yet, had a part of the pages that were read.
  const bool forked_now = std::any_of(processes.begin(), processes.end(), [](const ResidentProcess* process) {
    return process->origin.forked && process->origin.samples == 1;
  });
  if (forked_now) {
    for (auto& correction : corrections_) {
      if (correction.read_at == before_ && !correction.denied) correction.used = false;
    }
  }
  if (programs_ != model.programs || with_forks_ != (model.forks > 0)) {
    give_up_waiting(sum);
    programs_ = model.programs;
    with_forks_ = model.forks > 0;
    // Programs that were read before mostly return to the same memory, and need no new reading.
    readings_of_programs_ = find(programs_, with_forks_) != nullptr ? 2 : 0;
    stable_since_ = began;
  }
  Estimate estimated{.bytes = model.upper, .doubt = 0};
  if (several) {
    const Correction* correction = find(programs_, with_forks_);
    estimated = estimate(model, correction);
    const bool in_doubt = is_doubtful(estimated.bytes, estimated.doubt);
    if ((correction == nullptr || in_doubt) && may_read(model, correction, boundary, began) &&
        choose(processes, in_doubt)) {
      read(processes, model, in_doubt, began, source);
      correction = find(programs_, with_forks_);
      // The reading may have changed what each process has of its own.
      estimated = estimate(model_resident(processes, page_bytes_), correction);
      if (waiting_) {
        const Estimate then = estimate(*waiting_, correction);
        if (!is_doubtful(then.bytes, then.doubt)) {
          keep_max(sum.earlier, then.bytes);
          waiting_.reset();
        }
      }
    }
  }
  if (guess_) estimated.doubt = 0;
  const std::uint64_t at_most = std::min(estimated.bytes + estimated.doubt, model.upper);
  if (unseen > 0 && ended - before_ > shortest_spike) keep_max(sum.bound, std::max(at_most, at_most_before_) + unseen);
  at_most_before_ = at_most;
  before_ = began;
  model_before_ = model;
  sum.at_least = estimated.bytes - std::min(estimated.doubt, estimated.bytes);
  if (!is_doubtful(estimated.bytes, estimated.doubt)) {
    sum.now = estimated.bytes;
  } else if (!waiting_ || waiting_->upper < model.upper) {
    waiting_ = model;
  }
  if (boundary) give_up_waiting(sum);
  return sum;
}

// Nothing more will be known of the moment in doubt.
void ResidentMemory::give_up_waiting(ResidentSum& sum) {
  if (!waiting_) return;
  const Estimate then = estimate(*waiting_, find(programs_, with_forks_));
  keep_max(sum.bound, std::min(then.bytes + then.doubt, waiting_->upper));
  waiting_.reset();
}

ResidentMemory::Correction* ResidentMemory::find(std::uint64_t programs, bool with_forks) {
  const auto found = std::find_if(corrections_.begin(), corrections_.end(), [&](const Correction& one) {
    return one.used && one.programs == programs && one.with_forks == with_forks;
  });
  return found == corrections_.end() ? nullptr : &*found;
}

// The correction of the same set of programs, else the place of the oldest.
ResidentMemory::Correction& ResidentMemory::correction_for(const ResidentModel& model) {
  Correction* const same = find(model.programs, model.forks > 0);
  return same != nullptr ? *same : corrections_[next_correction_++ % corrections_.size()];
}

ResidentMemory::Estimate ResidentMemory::estimate(const ResidentModel& model, const Correction* correction) {
  if (correction == nullptr || correction->denied) {
    return {.bytes = model.upper - model.files_doubt / 2, .doubt = (model.upper - model.lower) / 2};
  }
  const ResidentModel& then = correction->model;
  // The correction covers no more forked processes than it was measured with.
  const auto forks = static_cast<std::int64_t>(std::min(model.forks, then.forks));
  const auto forks_then = static_cast<std::int64_t>(std::max<std::uint64_t>(then.forks, 1));
  // Files and shared memory that have come or gone since may be the same pages in several processes, or not.
  const std::int64_t more_files = static_cast<std::int64_t>(model.files) - static_cast<std::int64_t>(then.files);
  const std::int64_t bytes = static_cast<std::int64_t>(model.upper) - more_files / 2 + correction->of_programs +
                             correction->of_forks / forks_then * forks;
  const std::uint64_t copied = then.copied / static_cast<std::uint64_t>(forks_then) * model.forks;
  return {.bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(bytes, 0)),
          .doubt = difference(model.files, then.files) / 2 + difference(model.copied, copied) / 16};
}

bool ResidentMemory::may_read(const ResidentModel& model, const Correction* correction, bool boundary,
                              SteadyTime began) {
  if (correction != nullptr && correction->denied) return false;
  // A quarter, because changes between the sample and the reading are in doubt, too.
  const bool grows = !model.stable || model.forks != model_before_.forks ||
                     is_doubtful(model.upper, 4 * difference(model.upper, model_before_.upper)) ||
                     is_doubtful(model.upper, 4 * difference(model.copied, model_before_.copied));
  if (grows) stable_since_ = began;
  // Each reading of these programs makes the next one wait longer: they may only have paused. 4, 16, 64, … ms.
  const auto wait = first_wait * (1 << (2 * std::min(readings_of_programs_, 8)));
  return boundary || began - before_ >= far_apart || began - stable_since_ >= wait;
}

double ResidentMemory::cost_of(const ResidentProcess& process) const {
  return cost_of_process + cost_per_byte_ * static_cast<double>(process.resident);
}

// Chooses the processes to read: all, if the budget allows it; else of each program the first process and some of those
// that were forked from it, evenly spread. False if that is too expensive, too, or not worth it.
bool ResidentMemory::choose(std::span<ResidentProcess* const> processes, bool in_doubt) {
  double all = 0;
  double least = 0;
  double forks = 0;
  std::size_t fork_count = 0;
  chosen_.assign(processes.size(), true);
  for (std::size_t i = 0; i < processes.size(); ++i) {
    const double cost = cost_of(*processes[i]);
    all += cost;
    if (processes[i]->program_index == i) {
      least += cost;
    } else {
      forks += cost;
      ++fork_count;
    }
  }
  if (left_ >= all) return true;
  if (!in_doubt) return false;
  const double of_one = fork_count > 0 ? forks / static_cast<double>(fork_count) : 0;
  if (left_ < least + of_one) return false;
  if (fork_count == 0) return true;
  // Half of the remaining budget, so that there may be a second reading.
  const double more = std::max(0.0, left_ / 2 - least - of_one) / of_one;
  const std::size_t wanted = 1 + static_cast<std::size_t>(std::min(more, static_cast<double>(fork_count)));
  std::size_t seen = 0;
  for (std::size_t i = 0; i < processes.size(); ++i) {
    if (processes[i]->program_index == i) continue;
    // The last one of each of `wanted` equal parts.
    chosen_[i] = (seen + 1) * wanted / fork_count != seen * wanted / fork_count;
    ++seen;
  }
  return true;
}

void ResidentMemory::read(std::span<ResidentProcess* const> processes, const ResidentModel& model, bool in_doubt,
                          SteadyTime now, PssSource& source) {
  ++readings_of_programs_;
  readings_.assign(processes.size(), std::nullopt);
  std::uint64_t changed = 0;
  for (std::size_t i = 0; i < processes.size(); ++i) {
    if (!chosen_[i]) continue;
    const PssReading reading = source.read_pss(i);
    left_ -= static_cast<double>(reading.cost.count());
    if (reading.outcome == PssReading::Outcome::read) {
      const double per_byte = (static_cast<double>(reading.cost.count()) - cost_of_process) /
                              static_cast<double>(std::max<std::uint64_t>(processes[i]->resident, page_bytes_));
      cost_per_byte_ += (std::clamp(per_byte, 0.0, 10 * first_cost_per_byte) - cost_per_byte_) / 4;
      readings_[i] = reading;
      changed += difference(reading.resident, processes[i]->resident);
      continue;
    }
    if (reading.outcome == PssReading::Outcome::denied) {
      correction_for(model) = {
          .programs = model.programs, .with_forks = model.forks > 0, .used = true, .denied = true, .model = {}};
    }
    return;
  }
  // The readings are of different moments, and add up only if nothing has changed in between.
  if (changed > resident_tolerance(model.upper) / 4) return;
  // If a process has started or ended meanwhile, pages are divided by another number than that of the processes. (Pages
  // of files may be divided by processes that are not the function's.)
  const auto pss = add_up(processes);
  const std::uint64_t least = model.lower - std::min(model.lower, model.files);
  if (pss && *pss + resident_tolerance(least) >= least && *pss <= model.upper + resident_tolerance(model.upper)) {
    correct(processes, *pss, now);
  } else if (!in_doubt) {
    // The model is good enough without.
    correction_for(model) = {.programs = model.programs, .with_forks = model.forks > 0, .used = true, .model = model};
  }
}

// The sum of Pss. A forked process that was not read counts like those of the same program that were, except for what
// the model knows. Absent if nothing was read of some program, and if some have mapped what others have not, because
// they are not alike then.
std::optional<std::uint64_t> ResidentMemory::add_up(std::span<ResidentProcess* const> processes) const {
  const auto modelled = [&](std::size_t i) {
    return static_cast<double>(processes[i]->own) + static_cast<double>(processes[i]->more_shared);
  };
  double sum = 0;
  for (std::size_t first = 0; first < processes.size(); ++first) {
    if (processes[first]->program_index != first) continue;
    double known = 0;
    double known_model = 0;
    double known_count = 0;
    double other_model = 0;
    double other_count = 0;
    std::uint64_t most_files = 0;
    std::uint64_t least_files = std::numeric_limits<std::uint64_t>::max();
    for (std::size_t i = first; i < processes.size(); ++i) {
      if (processes[i]->program_index != first) continue;
      if (i == first) {
        if (!readings_[i]) return std::nullopt;
        sum += static_cast<double>(readings_[i]->pss);
        continue;
      }
      most_files = std::max(most_files, processes[i]->more_shared);
      least_files = std::min(least_files, processes[i]->more_shared);
      if (readings_[i]) {
        known += static_cast<double>(readings_[i]->pss);
        known_model += modelled(i);
        ++known_count;
      } else {
        other_model += modelled(i);
        ++other_count;
      }
    }
    sum += known;
    if (other_count == 0) continue;
    if (known_count == 0 || most_files > least_files + resident_tolerance(0)) return std::nullopt;
    sum += std::max(0.0, other_model + (known - known_model) / known_count * other_count);
  }
  return static_cast<std::uint64_t>(sum);
}

void ResidentMemory::correct(std::span<ResidentProcess* const> processes, std::uint64_t pss, SteadyTime now) {
  // What each process was found to have of its own is the model's new start.
  for (std::size_t i = 0; i < processes.size(); ++i) {
    ResidentProcess& process = *processes[i];
    if (!readings_[i]) continue;
    const auto count =
        static_cast<double>(std::count_if(processes.begin(), processes.end(), [&process](const auto* other) {
          return other->program_index == process.program_index;
        }));
    const auto anonymous = static_cast<double>(process.anonymous());
    double own = static_cast<double>(readings_[i]->private_dirty);
    // `all` includes shared memory, and `own` what others have copied: Pss = own + (all - own) / count.
    if (readings_[i]->pss_anonymous && count > 1) {
      own = std::min(own, (static_cast<double>(*readings_[i]->pss_anonymous) * count - anonymous) / (count - 1));
    }
    process.origin.own = static_cast<std::uint64_t>(std::clamp(own, 0.0, anonymous));
    process.origin.faulted = process.faulted;
    process.origin.shared = process.shared;
    process.origin.inherited = process.anonymous() - process.origin.own;
  }
  const ResidentModel model = model_resident(processes, page_bytes_);
  const Correction* const without_forks = model.forks > 0 ? find(model.programs, false) : nullptr;
  const auto all = static_cast<std::int64_t>(pss) - static_cast<std::int64_t>(model.upper);
  std::int64_t of_programs = all;
  if (model.forks > 0) {
    of_programs = without_forks != nullptr && !without_forks->denied ? without_forks->of_programs
                  : model.program_count > 1                          ? all
                                                                     : 0;
  }
  correction_for(model) = {.programs = model.programs,
                           .with_forks = model.forks > 0,
                           .used = true,
                           .of_programs = of_programs,
                           .of_forks = all - of_programs,
                           .read_at = now,
                           .model = model};
}

}  // namespace vitals
