// Anybody in the sandbox sends any bytes to the telemetry listener: it never crashes, answers nothing but 200 or 400,
// and has forgotten the connection when it is closed.
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <string>

#include "fuzz/fuzz.h"
#include "fuzz/sockets.h"
#include "lambda/telemetry_listener.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vitals;
  static boost::asio::io_context io{1};
  static lambda::TelemetryListener listener{io, [](const lambda::TelemetryBatch& batch) {
                                              fuzz::promise(!batch.empty() || !batch.partial,
                                                            "a piece holds something");
                                            }};
  static const auto port = listener.listen(0);
  fuzz::promise(port.has_value(), "the listener has a port");

  const auto client = fuzz::connect_to(*port);
  fuzz::say(client, fuzz::text_of(data, size));
  fuzz::hang_up(client);

  std::string answers;
  bool closed = false;
  for (int round = 0; round < 1000 && !closed; ++round) {
    io.restart();
    io.poll();
    char buffer[4096];
    const auto got = ::recv(client.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (got > 0) answers.append(buffer, static_cast<std::size_t>(got));
    closed = got == 0 || (got < 0 && errno != EAGAIN);
  }
  fuzz::promise(closed, "a connection that the client has ended is closed");
  if (!answers.empty()) {
    fuzz::promise(answers.starts_with("HTTP/1.1 200 ") || answers.starts_with("HTTP/1.1 4"), "an answer is 200 or 4xx");
  }
  return 0;
}
