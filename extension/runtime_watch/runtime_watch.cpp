#include "runtime_watch/runtime_watch.h"

#include <algorithm>
#include <utility>

namespace vitals::runtime {

using namespace std::chrono_literals;

namespace {

// Within two ticks of the slowest kernel (100 Hz) the parts of one answer may still be arriving.
constexpr auto whole_after = 8ms;
// An answer of at most this size comes in one segment: Go's HTTP server, which the platform and RIE use, buffers that
// much (net/http, bufferBeforeChunkingSize and the connection's bufio.Writer).
constexpr std::uint64_t one_segment = 4096;
// "HTTP/1.1 100 Continue" and its empty line: not an answer to the request.
constexpr std::uint64_t continue_bytes = 25;
// The kernel acknowledges at the latest after TCP_DELACK_MAX, 200 ms; mostly after TCP_DELACK_MIN, 40 ms, and a tick.
constexpr auto acknowledged_within = 250ms;
constexpr auto mostly_acknowledged = 48ms;
// A sample this long after the previous one follows a freeze, during which nothing was sampled.
constexpr auto late_sample = 150ms;

// Whether the last data on the connection was sent, not received.
bool sent_last(const RuntimeConnection& connection) {
  if (connection.sent == 0) return false;
  if (connection.received == 0 || connection.unacknowledged > 0) return true;
  if (connection.sent_at != connection.received_at) return connection.sent_at > connection.received_at;
  // An acknowledgement of what was sent before the answer came with the answer.
  return connection.acknowledged_at > connection.received_at &&
         connection.acknowledged_at - connection.sent_at <= acknowledged_within;
}

}  // namespace

RuntimeWatch::Followed* RuntimeWatch::find(std::uint64_t inode) {
  const auto found = std::find_if(followed_.begin(), followed_.end(),
                                  [inode](const Followed& each) { return each.now.inode == inode; });
  return found == followed_.end() ? nullptr : &*found;
}

void RuntimeWatch::follow(SteadyTime now, const std::vector<RuntimeConnection>& connections) {
  std::erase_if(followed_, [&connections](const Followed& followed) {
    return std::none_of(connections.begin(), connections.end(),
                        [&followed](const auto& each) { return each.inode == followed.now.inode; });
  });
  for (const auto& connection : connections) {
    Followed* followed = find(connection.inode);
    if (followed == nullptr) {
      followed = &followed_.emplace_back();
      followed->base_counters = connection;
    } else if (connection.received == 0 && followed->now.sent > 0 && connection.sent > followed->now.sent) {
      followed->in_pieces = true;
    }
    const bool sent_more = connection.sent > followed->now.sent || followed->now.inode == 0;
    followed->now = connection;
    if (sent_more && may_be_of_next(*followed)) followed->doubtful_until = now + answered_by;
    update(*followed, now);
  }
  last_sample_ = now;
}

// Notes that the INVOKE has been answered completely.
void RuntimeWatch::update(Followed& followed, SteadyTime now) const {
  const auto& connection = followed.now;
  const auto& base = followed.base_counters;
  const bool nothing_sent =
      followed.received_then ? connection.sent == followed.sent_then : connection.sent == base.sent;
  bool whole = false;
  if (followed.base != Base::unknown) {
    // A connection that has sent another request has had its answer.
    whole = connection.sent > base.sent
                ? !followed.received_then
                : connection.received > base.received && now - connection.received_at >= whole_after;
  } else {
    whole = connection.received > 0 && connection.received_at > connection.sent_at &&
            connection.received_at >= started_ - whole_after && now - connection.received_at >= whole_after &&
            (!followed.received_then || nothing_sent);
  }
  if (!whole) return;
  followed.received_then = connection.received;
  followed.sent_then = followed.base != Base::unknown ? base.sent : connection.sent;
}

// Notes the connection's state while a request is certainly under way on it: the next INVOKE finds it in this state,
// unless it sends more.
void RuntimeWatch::note_request(Followed& followed) {
  if (sent_last(followed.now)) {
    followed.request = followed.now;
  } else if (followed.request && followed.now.received > followed.request->received) {
    followed.request.reset();
  }
}

void RuntimeWatch::set_base(Followed& followed) const {
  const auto& connection = followed.now;
  followed.base_counters = connection;
  followed.base = Base::unknown;
  if (last_poll_ && last_poll_->inode == connection.inode) {
    followed.base_counters = *last_poll_;
    followed.base = Base::polling;
  } else if (followed.request && followed.request->sent == connection.sent && followed.request->received > 0) {
    followed.base_counters = *followed.request;
    followed.base = Base::asking;
  } else if (connection.received == 0 && connection.sent > 0) {
    followed.base = Base::fresh;
  } else if (windows_ == 0 && connection.sent_segments == 1) {
    followed.base_counters.received = 0;
    followed.base_counters.received_segments = 0;
    followed.base = Base::fresh;
  }
  followed.at_invoke = connection.sent > 0;  // otherwise its request comes later
  followed.in_pieces = false;
  followed.request.reset();
  followed.doubtful_until = {};
  followed.received_then.reset();
}

// The function's only connection on which just one request was sent: it waits for its answer, or had it around the
// INVOKE. Null if there is none, or several.
const RuntimeConnection* RuntimeWatch::only_request() const {
  const RuntimeConnection* only = nullptr;
  for (const auto& followed : followed_) {
    const auto& each = followed.now;
    if (each.owner != Owner::function || each.sent_segments != 1) continue;
    if (each.received > 0 && each.received_at < started_ - whole_after) continue;
    if (only != nullptr) return nullptr;
    only = &each;
  }
  return only;
}

// For runtimes that open a connection for each request. The request of a response is longer than the poll, because its
// path has the request id. So of two requests in one invocation the second one is the poll unless it is longer.
void RuntimeWatch::learn_from_requests(const std::optional<std::uint64_t>& opened) {
  presumed_.reset();
  const RuntimeConnection* const request = poll_bytes_ ? nullptr : only_request();
  if (request == nullptr) return;
  if (request->received == 0) presumed_ = Presumed{*request, opened};
  if (!first_request_ || first_request_->inode == request->inode) {
    first_request_ = *request;
  } else if (request->received == 0 && request->sent <= first_request_->sent) {
    poll_bytes_ = request->sent;
  }
}

// A request without an answer, on which nothing more was sent before the next INVOKE, was the poll: all others are
// complete by then. So was one whose connection has been closed, if no connection that can have carried the poll was
// opened: none at all, or only one that carries a longer request.
bool RuntimeWatch::prove_poll(const std::vector<RuntimeConnection>& connections,
                              const std::optional<std::uint64_t>& opened) {
  const auto presumed = std::exchange(presumed_, std::nullopt);
  if (!presumed || poll_bytes_) return false;
  const auto& request = presumed->request;
  const bool waited = std::any_of(connections.begin(), connections.end(), [&request](const auto& each) {
    return each.inode == request.inode && each.sent == request.sent;
  });
  const bool longer = std::any_of(connections.begin(), connections.end(), [&](const auto& each) {
    return find(each.inode) == nullptr && each.owner == Owner::function && each.sent > request.sent;
  });
  const bool only = opened && presumed->opened && *opened - *presumed->opened <= (longer ? 1 : 0);
  if (!waited && !only) return false;
  poll_bytes_ = request.sent;
  last_poll_ = request;
  return true;
}

// In the first window, a connection of the function's carried the poll if its first request was sent and answered
// around the INVOKE, nothing else has happened on it since, and no other connection had an answer then. So did one that
// has sent the same number of bytes twice and waits.
void RuntimeWatch::learn_poll() {
  if (poll_bytes_ || windows_ > 1) return;
  const Followed* only = nullptr;
  int answered = 0;
  for (const auto& followed : followed_) {
    const auto& connection = followed.now;
    if (connection.owner != Owner::function || connection.received == 0) continue;
    if (connection.received_at >= started_ - whole_after) ++answered;
    if (connection.unacknowledged > 0 && connection.sent == 2 * connection.unacknowledged) {
      poll_bytes_ = connection.unacknowledged;
    }
    if (followed.base != Base::fresh) continue;
    const auto first = followed.base_counters.sent;
    if (connection.sent == 2 * first && sent_last(connection)) poll_bytes_ = first;
    if (connection.sent == first && last_sample_ - connection.received_at >= whole_after) only = &followed;
  }
  if (only != nullptr && answered == 1) poll_bytes_ = only->base_counters.sent;
}

void RuntimeWatch::start(SteadyTime now, const std::vector<RuntimeConnection>& connections) {
  // Four times in a row nothing was certain: what is known of the runtime may be wrong.
  unseen_ = last_poll_ ? 0 : unseen_ + 1;
  if (unseen_ > 3) {
    poll_bytes_.reset();
    windows_ = 0;
    unseen_ = 0;
  }
  started_ = now;
  follow(now, connections);
  for (auto& followed : followed_) set_base(followed);
  for (auto& followed : followed_) update(followed, now);
  if (windows_ == 0) learn_poll();
  const RuntimeConnection* const request = only_request();
  first_request_ = request != nullptr ? std::optional{*request} : std::nullopt;
  last_poll_.reset();
  ++windows_;
  plan(now);
}

// Whether what the connection sent since the INVOKE has been answered.
bool RuntimeWatch::was_answered(const Followed& followed) const {
  const auto& connection = followed.now;
  if (followed.received_then && connection.sent > followed.sent_then &&
      connection.received > *followed.received_then + continue_bytes) {
    return true;
  }
  if (followed.base == Base::unknown || connection.sent <= followed.base_counters.sent) return false;
  return connection.received_segments - followed.base_counters.received_segments == 2 &&
         connection.received - followed.base_counters.received <= one_segment;
}

// For a connection that has had no answer at all.
bool RuntimeWatch::waits_unanswered(const Followed& followed, SteadyTime now) const {
  if (!poll_bytes_ || followed.now.sent != *poll_bytes_ || followed.in_pieces) return false;
  if (!followed.at_invoke) return true;
  return followed.base == Base::fresh && now - started_ >= answered_by;
}

bool RuntimeWatch::polls_again(const Followed& followed, SteadyTime now) const {
  const auto& connection = followed.now;
  const auto& base = followed.base_counters;
  if (connection.received == 0) return waits_unanswered(followed, now);
  if (connection.sent <= base.sent) {
    return poll_bytes_ && followed.base == Base::unknown && base.unacknowledged == *poll_bytes_ &&
           connection.received == base.received && now - started_ >= answered_by;
  }
  if (poll_bytes_) {
    if (followed.base != Base::unknown && connection.sent - base.sent == *poll_bytes_) {
      return connection.received > base.received;
    }
    if (connection.unacknowledged > 0) {
      // A piece of a streamed response may have the same length, but then only the INVOKE has been answered.
      const std::uint32_t answers = connection.received_segments - base.received_segments;
      return connection.unacknowledged == *poll_bytes_ && answers >= (followed.base == Base::unknown ? 1 : 2);
    }
  }
  return was_answered(followed) && sent_last(connection);
}

// After a freeze, during which nothing was sampled, the last request may belong to the next invocation. With three
// segments received it does not: those are this invocation, the answer to its response, and at most the next one.
bool RuntimeWatch::may_be_of_next(const Followed& followed) const {
  if (followed.now.sent_at <= last_sample_ + late_sample) return false;
  return followed.base == Base::unknown ||
         followed.now.received_segments - followed.base_counters.received_segments > 3;
}

// While the poll's size is not known, as in the first window: for a runtime with one connection that was so quick that
// the first sample came after its response. Two answers came, of which the second one is to the response.
std::optional<SteadyTime> RuntimeWatch::idle_end(SteadyTime now) const {
  if (poll_bytes_) return std::nullopt;
  const Followed* only = nullptr;
  for (const auto& followed : followed_) {
    const auto& each = followed.now;
    if (each.owner != Owner::function || std::max(each.sent_at, each.received_at) < started_ - whole_after) continue;
    if (only != nullptr) return std::nullopt;
    only = &followed;
  }
  if (only == nullptr || only->base != Base::unknown || !sent_last(only->now)) return std::nullopt;
  const auto& connection = only->now;
  const bool one_response = connection.received_segments == 2 && connection.received <= one_segment;
  if (!one_response || now - connection.sent_at < idle_time) return std::nullopt;
  return std::max(connection.sent_at, started_);
}

void RuntimeWatch::remember(const RuntimeConnection& poll) {
  last_poll_ = poll;
  if (!poll_bytes_ && poll.received > 0 && poll.unacknowledged > 0) poll_bytes_ = poll.unacknowledged;
}

std::optional<SteadyTime> RuntimeWatch::judge(SteadyTime now) {
  const Followed* newest = nullptr;
  for (const auto& followed : followed_) {
    if (now < followed.doubtful_until || !polls_again(followed, now)) continue;
    if (newest == nullptr || followed.now.sent_at > newest->now.sent_at) newest = &followed;
  }
  if (newest != nullptr) {
    remember(newest->now);
    return std::clamp(newest->now.sent_at, started_, now);
  }
  const auto idle = idle_end(now);
  if (idle && followed_.size() == 1) remember(followed_.front().now);
  return idle;
}

std::optional<SteadyTime> RuntimeWatch::observe(SteadyTime now, const std::vector<RuntimeConnection>& connections,
                                                const std::optional<std::uint64_t>& opened) {
  follow(now, connections);
  learn_poll();
  learn_from_requests(opened);
  for (auto& followed : followed_) note_request(followed);
  const auto ending = judge(now);
  plan(now);
  return ending;
}

// Whether the connection carried the poll that the newest INVOKE answers. It has not served that one yet.
bool RuntimeWatch::polled_before_invoke(const Followed& followed) const {
  const auto& connection = followed.now;
  const auto& base = followed.base_counters;
  if (followed.base == Base::unknown) {
    return !followed.at_invoke && poll_bytes_ && connection.sent == *poll_bytes_ && connection.received > 0;
  }
  if (connection.sent <= base.sent || connection.received <= base.received) return false;
  if (poll_bytes_ && connection.sent - base.sent == *poll_bytes_) return true;
  if (followed.base == Base::asking) return false;
  // It has answered the next invocation, too, if it has sent two polls more and nothing else, or had four answers.
  if (poll_bytes_ && connection.sent - base.sent == 2 * *poll_bytes_) return false;
  if (connection.received_segments - base.received_segments > 3) return false;
  if (connection.received_at > connection.sent_at) return true;
  if (!poll_bytes_) return false;
  return connection.unacknowledged == 0 || connection.unacknowledged == *poll_bytes_;
}

std::optional<SteadyTime> RuntimeWatch::conclude(SteadyTime now, const std::vector<RuntimeConnection>& connections,
                                                 const std::optional<std::uint64_t>& opened) {
  if (windows_ == 0) return std::nullopt;
  if (!last_poll_ && prove_poll(connections, opened)) return std::clamp(last_poll_->sent_at, started_, now);
  follow(now, connections);
  if (last_poll_) return std::nullopt;  // seen already
  const Followed* newest = nullptr;
  for (const auto& followed : followed_) {
    if (!polled_before_invoke(followed)) continue;
    if (newest == nullptr || followed.now.sent_at > newest->now.sent_at) newest = &followed;
  }
  if (newest == nullptr) return std::nullopt;
  remember(newest->now);
  // If the poll has its answer already, the base is before that.
  if (!sent_last(newest->now)) {
    --last_poll_->received;
    --last_poll_->received_segments;
  }
  return std::clamp(newest->now.sent_at, started_, now);
}

std::optional<SteadyTime> RuntimeWatch::at_last(SteadyTime now, const std::vector<RuntimeConnection>& connections) {
  if (!connections.empty()) follow(now, connections);
  if (const auto ending = judge(now)) return ending;
  for (const auto& followed : followed_) {
    if (now < followed.doubtful_until) continue;
    const auto& connection = followed.now;
    const auto& base = followed.base_counters;
    // The order of the last answer and the last request is not visible yet.
    if (was_answered(followed) && connection.sent_at >= connection.received_at) return connection.sent_at;
    // It has the next invocation already: three answers.
    const bool has_next = connection.received_segments - base.received_segments == 3 &&
                          connection.received - base.received <= one_segment;
    if (followed.base != Base::unknown && connection.sent > base.sent && has_next) return connection.sent_at;
  }
  return std::nullopt;
}

// Plans the next sample: when the last one's doubts will be resolved, or after a pause.
void RuntimeWatch::plan(SteadyTime now) {
  SteadyTime next = now + std::clamp<std::chrono::nanoseconds>((now - started_) / 4, shortest_pause, longest_pause);
  const auto at = [&next, now](SteadyTime time) {
    if (time > now) next = std::min(next, time);
  };
  for (const auto& followed : followed_) {
    if (followed.at_invoke) at(started_ + answered_by);
    at(followed.doubtful_until);
    if (followed.now.sent_at < started_ - whole_after) continue;
    at(followed.now.sent_at + mostly_acknowledged);
    if (!poll_bytes_) at(followed.now.sent_at + idle_time);
  }
  next_ = next;
}

}  // namespace vitals::runtime
