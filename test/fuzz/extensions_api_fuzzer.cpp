// The Extensions API answers with any bytes: register and event/next end, with an event or with an error.
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <string>

#include "fuzz/fuzz.h"
#include "fuzz/sockets.h"
#include "lambda/extensions_api.h"

namespace {

using namespace vitals;
using namespace vitals::lambda;
namespace asio = boost::asio;

constexpr std::string_view registered =
    "HTTP/1.1 200 OK\r\nLambda-Extension-Identifier: 1\r\nContent-Length: 2\r\n\r\n{}";

void check(const Event& event) {
  if (const auto* invoke = std::get_if<InvokeEvent>(&event)) {
    fuzz::promise(!invoke->request_id.empty(), "an INVOKE has a request id");
  }
}

Task<void> call(ExtensionsApi& api, bool& ended) {
  const auto id = co_await api.register_extension();
  if (id) {
    const auto sent = co_await api.request_next();
    if (sent) {
      const auto event = co_await api.receive_next();
      if (event) check(*event);
    }
  }
  ended = true;
}

}  // namespace

// The first byte chooses the call that gets this answer, and whether the connection stays open after it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::array<fuzz::Listener, 32> listeners;
  static std::size_t runs = 0;
  const auto& listener = listeners[++runs % listeners.size()];
  if (size == 0) return 0;
  const bool to_register = (data[0] & 1U) != 0;
  const auto answer = fuzz::text_of(data + 1, size - 1);

  asio::io_context io{1};
  Registration registration{{{asio::ip::address_v4{listener.host}, listener.port}, "api", {}}, "lambda-vitals"};
  send_at_once(registration);
  ExtensionsApi api{io, std::move(registration)};
  bool ended = false;
  asio::co_spawn(io, call(api, ended), asio::detached);
  io.poll();
  {
    const auto server = listener.accept();
    fuzz::promise(static_cast<bool>(server), "register connects at once");
    if (!to_register) fuzz::say(server, registered);
    fuzz::say(server, answer);
    fuzz::hang_up(server);
    // A connection that was closed is opened again, once: that one is refused everything.
    for (int round = 0; round < 100 && !ended; ++round) {
      io.restart();
      io.poll();
      if (const auto again = listener.accept(); again) fuzz::hang_up(again);
    }
  }
  fuzz::promise(ended, "a call ends when the other side has hung up");
  return 0;
}
