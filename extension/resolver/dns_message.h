// DNS messages: a query for the addresses of a name, and the content of its response (RFC 1035, section 4; AAAA is RFC
// 3596). Pure: resolver/dns_exchange.h sends and receives them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "resolver/addresses.h"
#include "resolver/words.h"

namespace vitals::resolver {

// The largest message over UDP without EDNS.
inline constexpr std::size_t max_dns_message = 512;

enum class RecordType : std::uint16_t { a = 1, cname = 5, aaaa = 28 };

struct Question {
  std::uint16_t id = 0;  // must be random: a forged response has to guess it
  HostName name;
  RecordType type = RecordType::a;
};

// Writes the query, with recursion desired, and returns its size. 0 if the name is invalid: a label is empty or longer
// than 63 bytes.
[[nodiscard]] std::size_t encode_query(const Question& question, std::span<std::uint8_t, max_dns_message> message);

enum class Answer {
  addresses,  // there is at least one
  none,       // the name has no address of this type, or does not exist (NXDOMAIN)
  failed,     // the server could not answer (SERVFAIL, REFUSED, …), or the response is malformed or truncated
  not_ours    // a response to another question: keep waiting
};

struct Response {
  Answer answer = Answer::failed;
  Addresses addresses;  // in the order of the message
};

// Follows the aliases (CNAME) in the message, up to 8 of them. The message is untrusted: it may have any size and
// content.
[[nodiscard]] Response parse_response(std::span<const std::uint8_t> message, const Question& question);

}  // namespace vitals::resolver
