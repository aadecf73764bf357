// A few IP addresses, and how they are parsed.
#pragma once

#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <optional>
#include <string_view>

namespace vitals::resolver {

// More than a host has. Further ones are left out.
inline constexpr std::size_t max_addresses = 8;

class Addresses {
 public:
  void add(const boost::asio::ip::address& address) {
    if (size_ < max_addresses) items_[size_++] = address;
  }
  void add(const Addresses& others) {
    for (const auto& address : others) add(address);
  }

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const boost::asio::ip::address* begin() const { return items_.data(); }
  [[nodiscard]] const boost::asio::ip::address* end() const { return items_.data() + size_; }

 private:
  std::array<boost::asio::ip::address, max_addresses> items_{};
  std::size_t size_ = 0;
};

// "10.0.0.2", "::1", "fe80::1%eth0". Empty when it is not an address.
[[nodiscard]] inline std::optional<boost::asio::ip::address> parse_address(std::string_view text) {
  std::array<char, 64> terminated{};  // longer than any address with an interface name
  if (text.size() >= terminated.size()) return std::nullopt;
  text.copy(terminated.data(), text.size());
  boost::system::error_code failed;
  const auto address = boost::asio::ip::make_address(terminated.data(), failed);
  return failed ? std::nullopt : std::optional{address};
}

}  // namespace vitals::resolver
