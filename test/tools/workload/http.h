// Http: the Runtime API over a plain socket, on one connection that is kept or on a new one for every request.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace workload {

struct Response {
  int status = 0;
  std::string headers;  // as they came
  std::string body;

  // The value of a header, by its name in lower case; empty when it is not there.
  [[nodiscard]] std::string header(std::string_view name) const;
};

class Http {
 public:
  // `address` is AWS_LAMBDA_RUNTIME_API, an IP address and port. `keep`: one connection for all requests.
  Http(std::string address, bool keep) : address_(std::move(address)), keep_(keep) {}
  ~Http();
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;

  // Throws std::runtime_error when there is no answer.
  Response request(std::string_view method, const std::string& path, std::string_view body = {},
                   const std::string& headers = {});

  // POST of a body in so many pieces, each sent after `pause`. Throws likewise.
  Response stream(const std::string& path, std::string_view body, int pieces, std::chrono::nanoseconds pause);

  // The next request connects again.
  void close();

 private:
  [[nodiscard]] std::string head(std::string_view method, const std::string& path, const std::string& headers) const;
  void send(std::string_view text);
  void connect();
  Response receive();

  std::string address_;
  bool keep_;
  int socket_ = -1;
};

// A connected TCP socket. Throws std::runtime_error.
int connect_to(const std::string& host, int port);

}  // namespace workload
