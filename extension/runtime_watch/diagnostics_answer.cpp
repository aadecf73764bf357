#include "runtime_watch/diagnostics_answer.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace vitals::runtime {

namespace {

constexpr std::uint8_t established = 1;  // TCP_ESTABLISHED
// The kernel makes datagrams of a list as long as the longest buffer that it was read with, up to 32 KB.
constexpr std::size_t longest_datagram = 16384;
constexpr std::size_t attributes_at = NLMSG_LENGTH(NLMSG_ALIGN(sizeof(inet_diag_msg)));

static_assert(sizeof(inet_diag_sockid) <= sizeof(SocketId));

// tcp_info among the attributes of one answer. An older kernel does not have all its members and gives fewer bytes: the
// rest stays 0.
tcp_info find_info(std::span<const char> attributes) {
  tcp_info info{};
  while (attributes.size() >= sizeof(rtattr)) {
    rtattr attribute{};
    std::memcpy(&attribute, attributes.data(), sizeof attribute);
    if (attribute.rta_len < sizeof attribute || attribute.rta_len > attributes.size()) break;
    if (attribute.rta_type == INET_DIAG_INFO) {
      std::memcpy(&info, attributes.data() + RTA_LENGTH(0),
                  std::min<std::size_t>(sizeof info, attribute.rta_len - RTA_LENGTH(0)));
    }
    attributes = attributes.subspan(std::min<std::size_t>(RTA_ALIGN(attribute.rta_len), attributes.size()));
  }
  return info;
}

// If the kernel cannot create a list, it also ends with NLMSG_DONE, but has a negative error number.
bool ends_well(std::span<const char> done) {
  std::int32_t error = 0;
  if (done.size() >= NLMSG_HDRLEN + sizeof error) std::memcpy(&error, done.data() + NLMSG_HDRLEN, sizeof error);
  return error >= 0;
}

RuntimeConnection connection_of(const inet_diag_msg& message, const tcp_info& info, SteadyTime tick) {
  const auto at = [tick](std::uint32_t ms_ago) { return tick - std::chrono::milliseconds{ms_ago}; };
  // The SYN of an open connection counts as an acknowledged byte. Linux before 4.19 does not count what was sent.
  const std::uint64_t acknowledged = info.tcpi_bytes_acked - std::min<std::uint64_t>(info.tcpi_bytes_acked, 1);
  const std::uint64_t sent = info.tcpi_bytes_sent - std::min(info.tcpi_bytes_sent, info.tcpi_bytes_retrans);
  RuntimeConnection connection;
  connection.inode = message.idiag_inode;
  connection.sent = std::max(sent, acknowledged);
  connection.unacknowledged = info.tcpi_unacked == 0 ? 0 : connection.sent - acknowledged;
  connection.received = info.tcpi_bytes_received;
  connection.sent_segments = info.tcpi_data_segs_out;
  connection.received_segments = info.tcpi_data_segs_in;
  connection.sent_at = at(info.tcpi_last_data_sent);
  connection.received_at = at(info.tcpi_last_data_recv);
  connection.acknowledged_at = at(info.tcpi_last_ack_recv);
  return connection;
}

// `text` is one message of SOCK_DIAG_BY_FAMILY.
void add_connection(std::span<const char> text, SteadyTime tick, std::vector<DiagnosedConnection>& found) {
  inet_diag_msg message{};
  std::memcpy(&message, text.data() + NLMSG_HDRLEN, sizeof message);
  if (message.idiag_state != established || found.size() >= max_connections) return;
  DiagnosedConnection& each = found.emplace_back();
  std::memcpy(each.id.data(), &message.id, sizeof message.id);
  each.family = message.idiag_family;
  each.connection = connection_of(message, find_info(text.subspan(attributes_at)), tick);
}

}  // namespace

Answer parse_answer(std::span<const char> datagram, DiagnosticsRequest request,
                    std::vector<DiagnosedConnection>& found) {
  while (!datagram.empty()) {
    nlmsghdr header{};
    if (datagram.size() < sizeof header) return Answer::broken;
    std::memcpy(&header, datagram.data(), sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > datagram.size()) return Answer::broken;
    const auto message = datagram.first(header.nlmsg_len);
    datagram = datagram.subspan(std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), datagram.size()));
    // The rest of an answer that broke off, or without meaning.
    if (header.nlmsg_seq != request.number || header.nlmsg_type == NLMSG_NOOP) continue;
    if (header.nlmsg_type == NLMSG_DONE) return ends_well(message) ? Answer::whole : Answer::broken;
    // NLMSG_ERROR and NLMSG_OVERRUN among others.
    if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY || message.size() < attributes_at) return Answer::broken;
    add_connection(message, request.tick, found);
    if (!request.list) return Answer::whole;
  }
  return Answer::continued;
}

bool receive_answer(int socket, DiagnosticsRequest request, std::vector<DiagnosedConnection>& found) {
  alignas(nlmsghdr) std::array<char, longest_datagram> buffer;
  for (;;) {
    const ssize_t size = ::recv(socket, buffer.data(), buffer.size(), MSG_TRUNC);  // its full length
    if (size <= 0 || static_cast<std::size_t>(size) > buffer.size()) return false;
    const Answer answer = parse_answer({buffer.data(), static_cast<std::size_t>(size)}, request, found);
    if (answer != Answer::continued) return answer == Answer::whole;
  }
}

}  // namespace vitals::runtime
