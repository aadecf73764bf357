#include "resolver/dns_exchange.h"

#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/udp.hpp>
#include <cerrno>
#include <chrono>

#include "resolver/resolv_conf.h"

namespace vitals::resolver {

namespace {

constexpr std::chrono::milliseconds resend_after{400};

struct Query {
  Question question;
  std::array<std::uint8_t, max_dns_message> message;
  std::size_t size = 0;  // of the message
  Response response{};   // failed until there is an answer
  [[nodiscard]] bool answered() const { return response.answer != Answer::failed; }
};

// The sockets are pollfds: poll(2) ignores one of -1.
class Exchange {
 public:
  Exchange(const Addresses& servers, std::uint16_t port) {
    sockets_.fill({.fd = -1, .events = POLLIN, .revents = 0});
    for (const auto& address : servers) {
      if (size_ == sockets_.size()) break;
      const boost::asio::ip::udp::endpoint server{address, port};
      const int fd = ::socket(server.protocol().family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      sockets_[size_++].fd = fd;
      // Connected, so that only this server's datagrams and the ICMP errors of its host arrive.
      if (fd >= 0 && ::connect(fd, server.data(), static_cast<socklen_t>(server.size())) != 0)
        drop(sockets_[size_ - 1]);
    }
  }
  ~Exchange() {
    for (auto& socket : sockets_) drop(socket);
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // False if the name is invalid.
  bool prepare(const HostName& name) {
    std::uint16_t id = 0;
    if (::getrandom(&id, sizeof id, 0) != static_cast<ssize_t>(sizeof id)) return false;
    queries_[0].question = {id, name, RecordType::a};
    queries_[1].question = {static_cast<std::uint16_t>(~id), name, RecordType::aaaa};
    for (auto& query : queries_) query.size = encode_query(query.question, query.message);
    return queries_[0].size > 0;
  }

  void run(SteadyTime until) {
    for (std::size_t turn = 0; !answered() && now() < until; ++turn) {
      pollfd* const server = next_server(turn);
      if (server == nullptr) return;
      if (send_to(*server)) {
        wait(std::min(until, now() + resend_after));
      } else {
        drop(*server);
      }
    }
  }

  [[nodiscard]] Response outcome() const {
    Response outcome = queries_[0].response;
    outcome.addresses.add(queries_[1].response.addresses);
    if (outcome.answer != Answer::addresses) outcome.answer = queries_[1].response.answer;
    if (outcome.addresses.empty() && !queries_[0].answered()) outcome.answer = Answer::failed;
    return outcome;
  }

 private:
  static SteadyTime now() {
    return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now());
  }

  static void drop(pollfd& socket) {
    if (socket.fd >= 0) ::close(socket.fd);
    socket.fd = -1;
  }

  pollfd* next_server(std::size_t turn) {
    for (std::size_t other = 0; other < size_; ++other) {
      auto& server = sockets_[(turn + other) % size_];
      if (server.fd >= 0) return &server;
    }
    return nullptr;
  }

  // False if the server's host has refused the previous datagram, or is unreachable.
  [[nodiscard]] bool send_to(const pollfd& server) const {
    for (const auto& query : queries_) {
      if (query.answered()) continue;
      const ssize_t sent = ::send(server.fd, query.message.data(), query.size, MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    }
    return true;
  }

  [[nodiscard]] bool answered() const {
    const auto& ipv4 = queries_[0];
    return ipv4.response.answer == Answer::addresses || (ipv4.answered() && queries_[1].answered());
  }

  // Waits until there is an answer, a server turns out to be useless, or `until`.
  void wait(SteadyTime until) {
    for (bool all = true; all && !answered();) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now());
      if (left.count() <= 0) return;
      if (::poll(sockets_.data(), size_, static_cast<int>(left.count())) <= 0) continue;
      for (auto& socket : sockets_) {
        if (socket.fd < 0 || socket.revents == 0 || receive(socket.fd)) continue;
        drop(socket);
        all = false;
      }
    }
  }

  // False if the server is unreachable or refuses to answer.
  bool receive(int fd) {
    std::array<std::uint8_t, max_dns_message> buffer;
    const ssize_t size = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (size < 0) return errno == EAGAIN || errno == EINTR;
    for (auto& query : queries_) {
      if (query.answered()) continue;
      const auto response = parse_response({buffer.data(), static_cast<std::size_t>(size)}, query.question);
      if (response.answer == Answer::not_ours) continue;
      query.response = response;
      return response.answer != Answer::failed;
    }
    return true;
  }

  std::array<pollfd, max_name_servers> sockets_;
  std::size_t size_ = 0;
  std::array<Query, 2> queries_;
};

}  // namespace

Response ask(const Addresses& servers, std::uint16_t port, const HostName& name, SteadyTime until) {
  Exchange exchange{servers, port};
  if (!exchange.prepare(name)) return {};
  exchange.run(until);
  return exchange.outcome();
}

}  // namespace vitals::resolver
