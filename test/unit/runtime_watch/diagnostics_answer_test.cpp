// Answers of the kernel, and ones that break off: from a socket pair whose other end plays the kernel.
#include "runtime_watch/diagnostics_answer.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <sys/socket.h>

#include <cstring>
#include <string>

#include "base/file_descriptor.h"
#include "support/catch.h"

using namespace std::chrono_literals;
using namespace vitals::runtime;
using vitals::FileDescriptor;

namespace {

constexpr std::uint32_t asked = 7;
constexpr vitals::SteadyTime tick{1'000s};
constexpr DiagnosticsRequest the_list{.number = asked, .list = true, .tick = tick};
constexpr DiagnosticsRequest the_one{.number = asked, .list = false, .tick = tick};

template <class Struct>
std::string bytes(const Struct& value) {
  std::string text(sizeof value, '\0');
  std::memcpy(text.data(), &value, sizeof value);
  return text;
}

std::string message(int type, const std::string& content = {}, std::uint32_t number = asked) {
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(sizeof header + content.size());
  header.nlmsg_type = static_cast<std::uint16_t>(type);
  header.nlmsg_seq = number;
  return bytes(header) + content;
}

std::string attribute(std::size_t length, int type, const std::string& content) {
  rtattr head{};
  head.rta_len = static_cast<unsigned short>(length);
  head.rta_type = static_cast<unsigned short>(type);
  return bytes(head) + content;
}

std::string info_attribute() {
  tcp_info info{};
  info.tcpi_data_segs_out = 3;
  info.tcpi_data_segs_in = 4;
  info.tcpi_last_data_sent = 50;
  info.tcpi_last_data_recv = 60;
  info.tcpi_last_ack_recv = 10;
  info.tcpi_bytes_sent = 700;
  info.tcpi_bytes_retrans = 100;
  info.tcpi_bytes_acked = 551;  // with the SYN
  info.tcpi_unacked = 1;
  info.tcpi_bytes_received = 400;
  return attribute(RTA_LENGTH(sizeof info), INET_DIAG_INFO, bytes(info));
}

std::string connection(std::uint32_t inode, std::uint32_t number = asked,
                       const std::string& attributes = info_attribute(), std::uint8_t state = 1) {
  inet_diag_msg body{};
  body.idiag_family = AF_INET;
  body.idiag_state = state;
  body.idiag_inode = inode;
  body.id.idiag_dport = 0x1234;
  return message(SOCK_DIAG_BY_FAMILY, bytes(body) + attributes, number);
}

std::string done(std::int32_t error = 0, std::uint32_t number = asked) {
  return message(NLMSG_DONE, bytes(error), number);
}

// What is read when the kernel sends these datagrams, and nothing behind them.
struct Received {
  explicit Received(const std::vector<std::string>& datagrams, DiagnosticsRequest request = the_list) {
    int ends[2] = {-1, -1};
    REQUIRE(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    const FileDescriptor kernel{ends[0]};
    const FileDescriptor own{ends[1]};
    for (const auto& datagram : datagrams) {
      REQUIRE(::send(kernel.get(), datagram.data(), datagram.size(), 0) == static_cast<ssize_t>(datagram.size()));
    }
    whole = receive_answer(own.get(), request, found);
  }
  bool whole = false;
  std::vector<DiagnosedConnection> found;
};

}  // namespace

TEST_CASE("a list in one datagram, and in several") {
  const std::vector<std::string> datagrams =
      GENERATE(std::vector<std::string>{connection(11) + connection(12) + done()},
               std::vector<std::string>{connection(11), connection(12), done()});
  const Received received{datagrams};
  CHECK(received.whole);
  REQUIRE(received.found.size() == 2);
  CHECK(received.found[0].family == AF_INET);
  inet_diag_sockid id{};
  std::memcpy(&id, received.found[0].id.data(), sizeof id);
  CHECK(id.idiag_dport == 0x1234);
  const RuntimeConnection& first = received.found[0].connection;
  CHECK(first.inode == 11);
  CHECK(first.sent_segments == 3);
  CHECK(first.received_segments == 4);
  CHECK(first.sent == 600);
  CHECK(first.unacknowledged == 50);
  CHECK(first.received == 400);
  CHECK(first.sent_at == tick - 50ms);
  CHECK(first.received_at == tick - 60ms);
  CHECK(first.acknowledged_at == tick - 10ms);
  CHECK(received.found[1].connection.inode == 12);
}

TEST_CASE("of one connection there is one message") {
  const Received received{{connection(11)}, the_one};
  CHECK(received.whole);
  CHECK(received.found.size() == 1);
}

TEST_CASE("an empty list, and connections that are not established") {
  CHECK(Received{{done()}}.whole);
  const Received closing{{connection(11, asked, info_attribute(), 8) + done()}};
  CHECK(closing.whole);
  CHECK(closing.found.empty());
}

TEST_CASE("a list without its end is invalid") {
  CHECK(!Received{{}}.whole);
  CHECK(!Received{{connection(11)}}.whole);
  CHECK(!Received{{connection(11), connection(12) + connection(13)}}.whole);
  CHECK(!Received{{std::string{}, done()}}.whole);  // what a socket that is shut down reads
}

TEST_CASE("a datagram that is cut anywhere ends no list") {
  const std::string text = connection(11) + connection(12) + done();
  for (std::size_t size = 0; size < text.size(); ++size) {
    std::vector<DiagnosedConnection> found;
    const std::string cut = text.substr(0, size);  // of its own length, so that a sanitizer sees a read behind it
    const Answer answer = parse_answer({cut.data(), cut.size()}, the_list, found);
    CHECK(answer != Answer::whole);
    const bool between_messages = size % connection(11).size() == 0;
    CHECK((answer == Answer::continued) == between_messages);
    CHECK(found.size() == size / connection(11).size());
  }
}

TEST_CASE(
    "a datagram that is longer than what it is read into has lost its rest, also where that begins with a message") {
  std::string text = connection(11);
  const std::size_t rest = 16384 - text.size();
  text += message(NLMSG_NOOP, std::string(rest - NLMSG_HDRLEN, '\0'));
  REQUIRE(text.size() == 16384);
  CHECK(Received{{text, done()}}.whole);
  const Received cut{{text + connection(12), done()}};
  CHECK(!cut.whole);
}

TEST_CASE("errors of the kernel break off what they are in the middle of") {
  CHECK(!Received{{connection(11) + message(NLMSG_ERROR, bytes(nlmsgerr{})) + done()}}.whole);
  CHECK(!Received{{connection(11), message(NLMSG_OVERRUN), done()}}.whole);
  CHECK(!Received{{message(NLMSG_ERROR)}, the_one}.whole);
  CHECK(!Received{{done(-2)}}.whole);                               // a list of a kind that this kernel has not
  CHECK(!Received{{message(SOCK_DIAG_BY_FAMILY) + done()}}.whole);  // shorter than what it should be
  CHECK(!Received{{message(99, std::string(200, 'x')) + done()}}.whole);
  std::vector<DiagnosedConnection> found;
  CHECK(!receive_answer(-1, the_list, found));  // as with ENOBUFS, when the kernel had no memory for the answer
}

TEST_CASE("lengths that lie") {
  for (const std::uint32_t length : {0U, 1U, 15U, 10'000U, 0xffffffffU}) {
    std::string text = connection(11) + done();
    std::memcpy(text.data(), &length, sizeof length);
    const Received received{{text}};
    CHECK(!received.whole);
    CHECK(received.found.empty());
  }
  for (const std::size_t length : {0U, 3U, 200U, 65'535U}) {
    const Received received{{connection(11, asked, attribute(length, INET_DIAG_INFO, "1234")) + done()}};
    CHECK(received.whole);
    REQUIRE(received.found.size() == 1);
    CHECK(received.found[0].connection.sent_segments == 0);
  }
}

TEST_CASE("a kernel that reports less of a connection leaves the rest 0") {
  const Received received{{connection(11, asked, attribute(RTA_LENGTH(4), INET_DIAG_INFO, "1234")) + done()}};
  CHECK(received.whole);
  CHECK(received.found[0].connection.sent_segments == 0);
}

TEST_CASE("what is left of an answer that broke off is not taken for the next one") {
  const Received received{{connection(5, asked - 1) + done(0, asked - 1), message(NLMSG_ERROR, {}, asked - 1),
                           connection(11) + message(NLMSG_NOOP) + done()}};
  CHECK(received.whole);
  REQUIRE(received.found.size() == 1);
  CHECK(received.found[0].connection.inode == 11);
  CHECK(!Received{{connection(5, asked - 1) + done(0, asked - 1)}}.whole);
}

TEST_CASE("of more connections than a sandbox has, the first ones are taken") {
  std::vector<std::string> datagrams;
  for (std::uint32_t i = 0; i < 8; ++i) {
    std::string text;
    for (std::uint32_t j = 0; j < 10; ++j) text += connection(100 + 10 * i + j);
    datagrams.push_back(text);
  }
  datagrams.push_back(done());
  const Received received{datagrams};
  CHECK(received.whole);
  CHECK(received.found.size() == max_connections);
}
