// ResidentMemory: how much memory the function's processes have together, with each shared page counted once, as in
// Pss. It does no I/O and reads no clock: PssSource supplies Pss and its cost.
//
//   one process       its resident memory (/proc/PID/statm), exact and free
//   several           the model of sampling/resident_model.h, corrected by the last sum of Pss for the same programs.
//                     Pss is read when these programs are new, and when the model has changed so much that the
//                     correction is in doubt. Of many forked processes only some are read, and the others count like
//                     them
//
// Readings are expensive (5 to 7 µs for each MB), so they are limited to what the schedule can spare
// (sampling/schedule.h). The corrections of the last sets of programs are kept: a function that starts the same
// programs in each invocation pays only once.
//
// Processes that started and ended between two samples have left their page faults, each of which made no more than
// sampling/fault_size.h resident. If the samples are further apart than the shortest spike that must be seen, the
// memory may have been higher by these.
//
// A value that may be off by more than the accuracy in docs/accuracy.md is not reported: its moment waits for a reading
// of the same programs. If none comes before the window ends, only its upper bound is reported.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "sampling/resident_model.h"

namespace vitals {

// Values of /proc/PID/smaps_rollup of one process. Bytes unless noted.
struct PssReading {
  enum class Outcome : std::uint8_t { read, exited, denied };
  Outcome outcome = Outcome::denied;
  std::uint64_t resident = 0;
  std::uint64_t pss = 0;
  std::uint64_t private_dirty = 0;             // written to, and mapped by no other process
  std::optional<std::uint64_t> pss_anonymous;  // absent before Linux 5.3
  std::chrono::nanoseconds cost{};             // CPU time of this process for the reading
};

// The interface to the operating system.
class PssSource {
 public:
  // `index`: of the processes in the sample.
  [[nodiscard]] virtual PssReading read_pss(std::size_t index) = 0;

 protected:
  ~PssSource() = default;
};

// The memory that the processes have together, in bytes.
struct ResidentSum {
  std::optional<std::uint64_t> now;      // absent: not known well enough
  std::optional<std::uint64_t> earlier;  // at an earlier moment, which could be resolved only now
  std::optional<std::uint64_t> bound;    // an earlier moment, or this one, had at most so much; it stays unresolved
  std::uint64_t at_least = 0;            // now
};

// The accuracy of the sum.
[[nodiscard]] constexpr std::uint64_t resident_tolerance(std::uint64_t bytes) {
  return bytes / 50 > (1U << 20U) ? bytes / 50 : 1U << 20U;
}

class ResidentMemory {
 public:
  // A spike of this length is seen, or makes the peak doubtful.
  static constexpr std::chrono::nanoseconds shortest_spike = std::chrono::milliseconds{20};

  // `guess`: if Pss cannot be read, the middle of the model's range is reported, however wide it is.
  // `page_bytes`: sysconf(_SC_PAGESIZE).
  ResidentMemory(bool guess, std::uint64_t page_bytes);

  // From now on reading Pss may use this much CPU time of this process, in total.
  void allow(std::chrono::nanoseconds cost) { left_ = static_cast<double>(cost.count()); }

  // One sample. `processes`: see model_resident(). `unseen`: the most that page faults can have made resident, in
  // bytes, of processes that have ended since the last sample, if it did not see them. `boundary`: of a window. `began`
  // and `ended`: when the sample's first process was read, and when its last one was: on a busy machine this process
  // may have to wait in between.
  [[nodiscard]] ResidentSum update(std::span<ResidentProcess* const> processes, std::uint64_t unseen, bool boundary,
                                   SteadyTime began, SteadyTime ended, PssSource& source);

 private:
  // The difference between the sum of Pss and the model's upper bound, for one set of programs.
  struct Correction {
    std::uint64_t programs = 0;  // the set
    bool with_forks = false;
    bool used = false;
    bool denied = false;           // no permission to read its processes
    std::int64_t of_programs = 0;  // bytes
    std::int64_t of_forks = 0;     // bytes, for all `model.forks` of them
    SteadyTime read_at{};
    ResidentModel model;  // when Pss was read
  };
  struct Estimate {
    std::uint64_t bytes = 0;
    std::uint64_t doubt = 0;
  };

  [[nodiscard]] Correction* find(std::uint64_t programs, bool with_forks);
  [[nodiscard]] Correction& correction_for(const ResidentModel& model);
  [[nodiscard]] static Estimate estimate(const ResidentModel& model, const Correction* correction);
  void give_up_waiting(ResidentSum& sum);
  [[nodiscard]] bool may_read(const ResidentModel& model, const Correction* correction, bool boundary,
                              SteadyTime began);
  void read(std::span<ResidentProcess* const> processes, const ResidentModel& model, bool in_doubt, SteadyTime now,
            PssSource& source);
  [[nodiscard]] bool choose(std::span<ResidentProcess* const> processes, bool in_doubt);
  [[nodiscard]] std::optional<std::uint64_t> add_up(std::span<ResidentProcess* const> processes) const;
  void correct(std::span<ResidentProcess* const> processes, std::uint64_t pss, SteadyTime now);
  [[nodiscard]] double cost_of(const ResidentProcess& process) const;

  bool guess_;
  std::uint64_t page_bytes_;
  double left_ = 0;                   // of the allowed CPU time, ns
  double cost_per_byte_;              // ns, a moving average
  SteadyTime before_{};               // the beginning of the last sample
  std::uint64_t at_most_before_ = 0;  // upper bound of the processes' memory then
  SteadyTime stable_since_{};         // these programs do not grow
  int readings_of_programs_ = 0;
  ResidentModel model_before_;  // likewise
  std::uint64_t programs_ = 0;
  bool with_forks_ = false;
  std::array<Correction, 8> corrections_{};
  std::size_t next_correction_ = 0;
  std::optional<ResidentModel> waiting_;             // the moment that waits for a reading
  std::vector<std::optional<PssReading>> readings_;  // of this sample, by the index of the process
  std::vector<bool> chosen_;
};

}  // namespace vitals
