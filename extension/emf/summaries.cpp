#include "emf/summaries.h"

#include <algorithm>

namespace vitals::emf {

Summaries::Summaries(LineEncoder& encoder, Write write) : encoder_(encoder), write_(std::move(write)) {
  open_.reserve(most_open);
  while (open_.size() < most_open) open_.emplace_back(encoder_.new_summary());
}

// The summary that the record belongs to, else an empty one, else the one that was added to least recently.
Summaries::Open& Summaries::place_of(const InvocationRecord& record) {
  const auto found = std::find_if(open_.begin(), open_.end(), [&](const Open& open) {
    return !open.summary.empty() && open.summary.is_like(record);
  });
  if (found != open_.end()) return *found;
  const auto rank = [](const Open& open) { return open.summary.empty() ? 0 : open.added; };
  return *std::min_element(open_.begin(), open_.end(), [&](const Open& a, const Open& b) { return rank(a) < rank(b); });
}

bool Summaries::add(const InvocationRecord& record) {
  Open& open = place_of(record);
  if (!open.summary.empty()) {
    if (open.summary.is_like(record) && add_to(open, record)) return true;
    write(open);
  }
  open.bytes = encoder_.bytes_of_head(record);
  return add_to(open, record);
}

bool Summaries::add_to(Open& open, const InvocationRecord& record) {
  if (!open.summary.has_room(record)) return false;
  const std::size_t bytes = open.bytes + encoder_.bytes_added(open.summary, record);
  if (bytes > longest_summary) return false;
  open.bytes = bytes;
  open.added = ++additions_;
  open.summary.add(record);
  return true;
}

void Summaries::write(Open& open) {
  write_(open.summary);
  open.summary.clear();
}

void Summaries::write_before(std::int64_t minute) {
  for (;;) {
    Open* oldest = nullptr;
    for (Open& open : open_) {
      if (open.summary.empty() || open.summary.minute() >= minute) continue;
      if (oldest == nullptr || open.summary.minute() < oldest->summary.minute()) oldest = &open;
    }
    if (oldest == nullptr) return;
    write(*oldest);
  }
}

}  // namespace vitals::emf
