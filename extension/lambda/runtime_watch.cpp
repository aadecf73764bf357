#include "lambda/runtime_watch.h"

#include <algorithm>

namespace vitals::lambda {

namespace {

// Whether the last data on the connection went from the runtime to the API: a request without its answer yet. Within one
// tick of the kernel both look equally old; a request comes after the answer to the one before it.
bool waits_for_answer(const RuntimeConnection& connection) {
  return connection.data_segments_received == 0 || connection.since_last_sent <= connection.since_last_received;
}

}  // namespace

void RuntimeWatch::start(SteadyTime now, const std::vector<RuntimeConnection>& connections) {
  // What waited at the end of the last window has been counted then, and a runtime sends nothing while it waits: so even
  // when a quick function has already answered, its response is seen as new.
  const auto counted_before = waiting_;
  at_start_ = connections;
  if (counted_before) {
    for (auto& connection : at_start_) {
      if (connection.inode == counted_before->inode) connection = *counted_before;
    }
  }
  started_ = last_quiet_ = now;
  waiting_.reset();
}

bool RuntimeWatch::sent_since_start(const RuntimeConnection& connection) const {
  const auto before = std::find_if(at_start_.begin(), at_start_.end(), [&connection](const RuntimeConnection& other) {
    return other.inode == connection.inode;
  });
  return connection.data_segments_sent > (before == at_start_.end() ? 0 : before->data_segments_sent);
}

std::optional<SteadyTime> RuntimeWatch::observe(SteadyTime now, const std::vector<RuntimeConnection>& connections) {
  const RuntimeConnection* newest = nullptr;
  for (const auto& connection : connections) {
    if (!sent_since_start(connection)) continue;
    if (newest == nullptr || connection.since_last_sent < newest->since_last_sent) newest = &connection;
  }
  if (newest == nullptr || !waits_for_answer(*newest)) {
    if (newest == nullptr && !waiting_) last_quiet_ = now;
    waiting_.reset();
    return std::nullopt;
  }
  const bool as_before = waiting_ && waiting_->inode == newest->inode &&
                         waiting_->data_segments_sent == newest->data_segments_sent;
  if (as_before) return asked_;
  // The kernel's tick is coarse: it cannot have been before the last look that found nothing.
  asked_ = std::clamp(now - newest->since_last_sent, last_quiet_, now);
  last_quiet_ = now;
  waiting_ = *newest;
  return std::nullopt;
}

}  // namespace vitals::lambda
