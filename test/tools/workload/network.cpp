// Network: bytes to and from a peer that sends back what it is asked for.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "http.h"
#include "steps.h"

namespace workload {

// Connects to "host" and "port", sends "send" bytes and reads until the peer closes: what it answers is its business.
void exchange(const Step& step) {
  const int socket = connect_to(step.at("host").get<std::string>(), step.at("port").get<int>());
  auto left = step.value("send", std::size_t{0});
  std::vector<char> block(65536, 'x');
  while (left > 0) {
    const ssize_t sent = ::send(socket, block.data(), std::min(left, block.size()), MSG_NOSIGNAL);
    if (sent <= 0) fail("send");
    left -= static_cast<std::size_t>(sent);
  }
  ::shutdown(socket, SHUT_WR);
  while (::recv(socket, block.data(), block.size(), 0) > 0) {
  }
  ::close(socket);
}

}  // namespace workload
