#include "lambda/message_io.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.h"

namespace vitals::lambda {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Response = http::response_parser<http::string_body>;
using boost::system::error_code;

struct Connected {
  Connected() {
    TcpAcceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
    here.connect(acceptor.local_endpoint());
    acceptor.accept(there);
  }
  asio::io_context io{1};
  TcpSocket here{io}, there{io};
  boost::beast::flat_static_buffer<256> buffer;
};

// What `here` makes of what `there` sends in such pieces, each after the last one was taken, and then closes.
error_code receive(Connected& pair, Response& parser, const std::vector<std::string>& pieces) {
  parser.eager(true);
  error_code failed = parse(pair.buffer, parser);
  for (const auto& piece : pieces) {
    if (failed != http::error::need_more) return failed;
    pair.there.send(asio::buffer(piece));
    pair.here.wait(TcpSocket::wait_read);
    failed = take_arrived(pair.here, pair.buffer);
    if (!failed) failed = parse(pair.buffer, parser);
  }
  if (failed != http::error::need_more) return failed;
  pair.there.close();
  pair.here.wait(TcpSocket::wait_read);
  failed = take_arrived(pair.here, pair.buffer);
  return failed == asio::error::eof ? parse_end(parser) : failed;
}

std::vector<std::string> byte_by_byte(std::string_view text) {
  std::vector<std::string> bytes;
  for (const char byte : text) bytes.emplace_back(1, byte);
  return bytes;
}

}  // namespace

TEST_CASE("a message is the same in whatever pieces it arrives") {
  const std::string whole = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello";
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
  const std::string to_the_end = "HTTP/1.1 200 OK\r\n\r\nhello";
  for (const auto& text : {whole, chunked, to_the_end}) {
    for (const auto& pieces : {std::vector{text}, byte_by_byte(text), {text.substr(0, 20), text.substr(20)}}) {
      CAPTURE(text, pieces.size());
      Connected pair;
      Response parser;
      CHECK_FALSE(receive(pair, parser, pieces).failed());
      CHECK(parser.is_done());
      CHECK(parser.get().body() == "hello");
    }
  }
}

TEST_CASE("what follows a message stays in the buffer") {
  const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
  Connected pair;
  Response first, second;
  CHECK_FALSE(receive(pair, first, {text + "a" + text + "b"}).failed());
  CHECK(first.get().body() == "a");
  CHECK_FALSE(receive(pair, second, {}).failed());
  CHECK(second.get().body() == "b");
}

TEST_CASE("a message that ends too early, is too large or invalid is an error") {
  struct Row {
    std::string text;
    error_code error;
  };
  const std::vector<Row> rows{
      {"", http::error::end_of_stream},
      {"HTTP/1.1 200 OK\r\nContent-Le", http::error::partial_message},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", http::error::partial_message},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(300, 'x'), http::error::buffer_overflow},
      {"not HTTP at all\r\n\r\n", http::error::bad_version},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    Connected pair;
    Response parser;
    CHECK(receive(pair, parser, byte_by_byte(row.text)) == row.error);
  }
}

TEST_CASE("nothing has arrived yet, or the connection was reset") {
  Connected pair;
  CHECK_FALSE(take_arrived(pair.here, pair.buffer).failed());
  CHECK(pair.buffer.size() == 0);
  pair.there.set_option(asio::socket_base::linger{true, 0});
  pair.there.close();
  pair.here.wait(TcpSocket::wait_read);
  CHECK(take_arrived(pair.here, pair.buffer) == asio::error::connection_reset);
  CHECK_FALSE(send_now(pair.here, "x"));
}

TEST_CASE("a text that is larger than the socket's buffer is sent whole") {
  Connected pair;
  pair.here.set_option(asio::socket_base::send_buffer_size{4096});
  const std::string text(1'000'000, 'x');
  error_code failed = asio::error::fault;
  asio::co_spawn(pair.io, send_all(pair.here, text),
                 [&](const std::exception_ptr&, error_code code) { failed = code; });
  std::size_t received = 0;
  std::string room(65'536, '\0');
  for (int turn = 0; turn < 5000 && (received < text.size() || failed); ++turn) {
    pair.io.restart();
    pair.io.run_for(std::chrono::milliseconds{1});
    if (pair.there.available() > 0) received += pair.there.receive(asio::buffer(room));
  }
  CHECK_FALSE(failed.failed());
  CHECK(received == text.size());
}

}  // namespace vitals::lambda
