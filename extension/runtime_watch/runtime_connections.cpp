#include "runtime_watch/runtime_connections.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <optional>
#include <string>

#include "base/clock.h"

namespace vitals::runtime {

namespace {

// The share of time that lists may cost: one in a thousand, or one in a hundred while a connection is missing, because
// then nothing else can show the end of the invocation.
constexpr int list_cost_divisor = 1000;
constexpr int search_cost_divisor = 100;
// In the second case a list is read at least this often, whatever it costs: the line is due.
constexpr std::chrono::milliseconds longest_search_pause{60};
// The pause after a failure, doubled after each further one in a row: a kernel that refuses costs almost nothing, and
// one that has failed is asked again soon after it recovers.
constexpr std::chrono::nanoseconds first_failure_pause = std::chrono::milliseconds{50};
constexpr std::chrono::nanoseconds longest_failure_pause = std::chrono::seconds{10};
constexpr std::uint32_t established = 1U << 1U;  // TCP_ESTABLISHED as a bit of idiag_states

struct ListRequest {
  nlmsghdr header;
  inet_diag_req_v2 request;
  rtattr attribute;
  inet_diag_bc_op filter[2];  // destination port == ours
};

struct OneRequest {
  nlmsghdr header;
  inet_diag_req_v2 request;
};

void set_up(nlmsghdr& header, inet_diag_req_v2& request, std::uint8_t family, std::size_t size, unsigned flags) {
  header.nlmsg_len = static_cast<std::uint32_t>(size);
  header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  request.sdiag_family = family;
  request.sdiag_protocol = IPPROTO_TCP;
  request.idiag_states = established;
  request.idiag_ext = 1U << (INET_DIAG_INFO - 1U);
}

// Whether a process has that socket open: /proc/PID/fd, "socket:[INODE]". False if it has exited or that cannot be
// read. Absent if it is not known now, because no descriptor is free.
std::optional<bool> has_socket(const std::string& descriptors, std::uint64_t inode) {
  DIR* directory = ::opendir(descriptors.c_str());
  if (directory == nullptr) {
    const bool transient = errno == EMFILE || errno == ENFILE || errno == ENOMEM;
    return transient ? std::nullopt : std::optional{false};
  }
  const std::string wanted = "socket:[" + std::to_string(inode) + ']';
  bool found = false;
  while (!found) {
    const dirent* entry = ::readdir(directory);  // NOLINT(concurrency-mt-unsafe): one thread
    if (entry == nullptr) break;
    std::array<char, 64> target{};
    const ssize_t size = ::readlinkat(::dirfd(directory), entry->d_name, target.data(), target.size());
    found = size > 0 && std::string_view{target.data(), static_cast<std::size_t>(size)} == wanted;
  }
  ::closedir(directory);
  return found;
}

bool contains(const std::vector<std::uint64_t>& inodes, std::uint64_t inode) {
  return std::find(inodes.begin(), inodes.end(), inode) != inodes.end();
}

std::optional<bool> belongs_to_one_of(const std::vector<pid_t>& pids, std::uint64_t inode) {
  for (const pid_t pid : pids) {
    const auto found = has_socket("/proc/" + std::to_string(pid) + "/fd", inode);
    if (!found || *found) return found;
  }
  return false;
}

std::chrono::nanoseconds read_clock(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

}  // namespace

std::chrono::nanoseconds KernelTick::read() {
  if (length_ == std::chrono::nanoseconds::zero()) {
    timespec length{};
    ::clock_getres(CLOCK_MONOTONIC_COARSE, &length);
    length_ = std::chrono::nanoseconds{length.tv_nsec};
    latest_ = length_;
  }
  const auto coarse = read_clock(CLOCK_MONOTONIC_COARSE);
  const auto since = read_clock(CLOCK_MONOTONIC) - coarse;
  earliest_ = std::max(earliest_, std::min(since - length_, length_));
  latest_ = std::min(latest_, since);
  return coarse;
}

RuntimeConnections::RuntimeConnections(const ApiAddress& api) : api_(api), failure_pause_(first_failure_pause) {
}

bool RuntimeConnections::open(SteadyTime now) {
  if (now < next_try_) return false;
  if (netlink_) return true;
  netlink_ = FileDescriptor{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG)};
  if (!netlink_) pause_after_failure(now);
  return static_cast<bool>(netlink_);
}

void RuntimeConnections::pause_after_failure(SteadyTime now) {
  next_try_ = now + failure_pause_;
  failure_pause_ = std::min(failure_pause_ * 2, longest_failure_pause);
}

bool RuntimeConnections::ask(nlmsghdr& request, std::size_t size, bool list) {
  request.nlmsg_seq = ++asked_;
  if (::send(netlink_.get(), &request, size, 0) != static_cast<ssize_t>(size)) return false;
  return receive_answer(netlink_.get(), {.number = asked_, .list = list, .tick = tick_}, answer_);
}

void RuntimeConnections::ask_for_known() {
  tick_ = tick_clock_.middle(tick_clock_.read());
  answer_.clear();
  for (const auto& known : known_) {
    OneRequest request{};
    set_up(request.header, request.request, known.family, sizeof request, 0);
    std::memcpy(&request.request.id, known.id.data(), sizeof request.request.id);
    const std::size_t before = answer_.size();
    ask(request.header, sizeof request, false);
    if (answer_.size() > before) answer_.back().connection.owner = known.connection.owner;
  }
}

void RuntimeConnections::update_known() {
  if (known_.empty()) return;
  const auto tick = tick_clock_.read();
  ask_for_known();
  // A tick in between would make the times ambiguous. A second try is enough: a tick is longer than the requests.
  if (tick_clock_.read() != tick) ask_for_known();
  std::swap(known_, answer_);
}

bool RuntimeConnections::is_to_api(const DiagnosedConnection& connection) const {
  inet_diag_sockid id{};
  std::memcpy(&id, connection.id.data(), sizeof id);
  constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  std::array<unsigned char, 16> address{};
  if (connection.family == AF_INET) {
    std::copy(mapped.begin(), mapped.end(), address.begin());
    std::memcpy(address.data() + mapped.size(), id.idiag_dst, 4);
  } else {
    std::memcpy(address.data(), id.idiag_dst, sizeof id.idiag_dst);
  }
  return address == api_.address && id.idiag_dport == htons(api_.port);
}

// Adds the connections of one family to the known ones. False if the kernel's answer broke off, or if the owner of a
// connection is not known now.
bool RuntimeConnections::list_family(std::uint8_t family, const std::vector<pid_t>& extensions) {
  ListRequest request{};
  set_up(request.header, request.request, family, sizeof request, NLM_F_DUMP);
  request.attribute.rta_type = INET_DIAG_REQ_BYTECODE;
  request.attribute.rta_len = sizeof request.attribute + sizeof request.filter;
  request.filter[0].code = INET_DIAG_BC_D_EQ;
  request.filter[0].yes = sizeof request.filter;
  request.filter[0].no = sizeof request.filter + 4;  // beyond the end: rejected
  request.filter[1].no = api_.port;
  answer_.clear();
  if (!ask(request.header, sizeof request, true)) return false;
  for (auto& listed : answer_) {
    const auto inode = listed.connection.inode;
    if (inode == 0 || contains(own_, inode) || !is_to_api(listed)) continue;
    const auto is_own = has_socket("/proc/self/fd", inode);
    if (!is_own) return false;
    if (*is_own) {
      if (own_.size() < max_connections) own_.push_back(inode);
      continue;
    }
    const auto is_of_extension = belongs_to_one_of(extensions, inode);
    if (!is_of_extension) return false;
    if (*is_of_extension) listed.connection.owner = Owner::extension;
    function_seen_ |= listed.connection.owner == Owner::function;
    known_.push_back(listed);
  }
  drop_extensions();
  return true;
}

void RuntimeConnections::drop_extensions() {
  if (!function_seen_) return;
  std::erase_if(known_, [](const auto& known) { return known.connection.owner == Owner::extension; });
}

// False if the kernel's answer broke off: then nothing is known, and there may be other connections.
bool RuntimeConnections::list_all(SteadyTime now, const std::vector<pid_t>& extensions) {
  const auto before = cpu_time_used();
  tick_ = tick_clock_.middle(tick_clock_.read());
  known_.clear();
  const bool answered = list_family(AF_INET, extensions);
  const bool found = std::any_of(known_.begin(), known_.end(),
                                 [](const auto& known) { return known.connection.owner == Owner::function; });
  if (!answered) {
    known_.clear();
    // The rest of a broken answer must not be taken for the next one.
    netlink_.reset();
    pause_after_failure(now);
  } else {
    failure_pause_ = first_failure_pause;
    if (!found && !list_family(AF_INET6, extensions)) netlink_.reset();  // a kernel without IPv6 refuses only this
  }
  const bool missing = known_.empty() || known_.size() < most_known_;
  if (!missing) most_known_ = known_.size();
  const auto cost = cpu_time_used() - before;
  next_list_ = now + (missing ? std::min<std::chrono::nanoseconds>(cost * search_cost_divisor, longest_search_pause)
                              : cost * list_cost_divisor);
  return answered;
}

const std::vector<RuntimeConnection>* RuntimeConnections::read(SteadyTime now, const std::vector<pid_t>& extensions,
                                                               bool at_any_cost) {
  connections_.clear();
  if (!open(now)) return nullptr;
  const std::size_t before = known_.size();
  update_known();
  const bool lost = known_.size() < before;
  if (lost) most_known_ = before;
  const bool list = lost || (known_.empty() && at_any_cost) || now >= next_list_;
  if (!list && known_.empty()) return nullptr;
  if (list && !list_all(now, extensions)) return nullptr;
  for (const auto& known : known_) connections_.push_back(known.connection);
  return &connections_;
}

}  // namespace vitals::runtime
