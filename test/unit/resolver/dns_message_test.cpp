#include "resolver/dns_message.h"

#include <string>
#include <string_view>
#include <vector>

#include "support/catch.h"

namespace vitals::resolver {

namespace {

using namespace std::string_literals;
using Texts = std::vector<std::string>;

const Question of_a{0x1234, HostName{"api.test"}, RecordType::a};
const Question of_aaaa{0x1234, HostName{"api.test"}, RecordType::aaaa};

const std::string name = "\3api\4test\0"s;
const std::string to_name = "\xc0\x0c"s;  // a pointer to the name in the question, behind the header
const std::string in = "\0\1"s;

std::string header(int flags, int answers) {
  return "\x12\x34"s + static_cast<char>(flags >> 8) + static_cast<char>(flags) + "\0\1\0"s +
         static_cast<char>(answers) + "\0\0\0\0"s;
}

// A response to of_a with these answers.
std::string response(int answers, const std::string& records, int flags = 0x8180) {
  return header(flags, answers) + name + "\0\1"s + in + records;
}

std::string record(const std::string& owner, char type, const std::string& data) {
  return owner + '\0' + type + in + "\0\0\0\x3c\0"s + static_cast<char>(data.size()) + data;
}

std::string a(const std::string& owner, const std::string& data) {
  return record(owner, 1, data);
}

Response parse(const std::string& message, const Question& question = of_a) {
  return parse_response({reinterpret_cast<const std::uint8_t*>(message.data()), message.size()}, question);
}

Texts found(const std::string& message, const Question& question = of_a) {
  const auto parsed = parse(message, question);
  CHECK((parsed.answer == Answer::addresses) == !parsed.addresses.empty());
  Texts texts;
  for (const auto& address : parsed.addresses) texts.push_back(address.to_string());
  return texts;
}

const std::string one = "\x0a\0\0\1"s;
const std::string two = "\x0a\0\0\2"s;

}  // namespace

TEST_CASE("a query asks for one name, with recursion desired") {
  std::array<std::uint8_t, max_dns_message> message{};
  const auto size = encode_query(of_aaaa, message);
  CHECK(std::string(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(size)) ==
        "\x12\x34\1\0\0\1\0\0\0\0\0\0"s + name + "\0\x1c\0\1"s);
}

TEST_CASE("what is not a host name has no query") {
  std::array<std::uint8_t, max_dns_message> message{};
  for (const auto& text : {""s, "."s, "a..b"s, ".a"s, "a."s, std::string(64, 'a') + ".b"}) {
    CAPTURE(text);
    CHECK(encode_query({1, HostName{text}, RecordType::a}, message) == 0);
  }
  const std::string longest =
      std::string(63, 'a') + '.' + std::string(63, 'b') + '.' + std::string(63, 'c') + '.' + std::string(61, 'd');
  CHECK(encode_query({1, HostName{longest}, RecordType::a}, message) == 12 + 255 + 4);
}

TEST_CASE("the addresses of a response are those of the name in the question") {
  CHECK(found(response(2, a(to_name, one) + a(name, two))) == Texts{"10.0.0.1", "10.0.0.2"});
  CHECK(found(response(3, a("\3API\4tEst\0"s, one) + a("\5other\xc0\x10"s, two) + record(to_name, 16, "text"))) ==
        Texts{"10.0.0.1"});
  const std::string v6 =
      header(0x8180, 1) + name + "\0\x1c"s + in + record(to_name, 28, "\xfe\x80"s + std::string(13, '\0') + '\1');
  CHECK(found(v6, of_aaaa) == Texts{"fe80::1"});
}

TEST_CASE("aliases are followed, in whatever order they come") {
  const std::string b = "\1b\xc0\x10"s;  // b.test
  const std::string c = "\1c\xc0\x10"s;
  const std::string chain = record(to_name, 5, b) + record("\1b\4test\0"s, 5, c) + a("\1c\4test\0"s, one);
  CHECK(found(response(3, chain)) == Texts{"10.0.0.1"});
  CHECK(found(response(3, a("\1c\4test\0"s, one) + record("\1b\4test\0"s, 5, c) + record(to_name, 5, b))) ==
        Texts{"10.0.0.1"});
  // A server that does not resolve on behalf of others gives the alias only.
  CHECK(parse(response(1, record(to_name, 5, b))).answer == Answer::none);
  // A ring, and a name that is its own alias.
  CHECK(parse(response(2, record(to_name, 5, b) + record("\1b\4test\0"s, 5, to_name))).answer == Answer::none);
  CHECK(parse(response(1, record(to_name, 5, to_name))).answer == Answer::none);
}

TEST_CASE("a name without an address, and one that does not exist, have none") {
  CHECK(parse(response(0, "")).answer == Answer::none);
  CHECK(parse(response(0, "", 0x8183)).answer == Answer::none);
  CHECK(parse(response(1, a(to_name, "\1\2\3"))).answer == Answer::none);
  CHECK(parse(response(1, to_name + "\0\1\0\3\0\0\0\x3c\0\4"s + one)).answer == Answer::none);  // of another class
}

TEST_CASE(
    "a server that did not find out has failed, and so has a truncated or malformed response without an address") {
  for (const int code : {1, 2, 4, 5, 15}) CHECK(parse(response(0, "", 0x8180 | code)).answer == Answer::failed);
  CHECK(parse(response(0, "", 0x8380)).answer == Answer::failed);
  CHECK(found(response(1, a(to_name, one), 0x8380)) == Texts{"10.0.0.1"});
  CHECK(found(response(9, a(to_name, one) + "\xc0"s)) == Texts{"10.0.0.1"});
  for (const auto& record_text :
       {""s, "\xc0"s, "\xc0\x50"s, "\xc0\x21"s, "\x40x"s, "\x3f"s, to_name, to_name + "\0\1\0\1"s,
        to_name + "\0\1\0\1\0\0\0\x3c\0\x04\x0a"s, record(to_name, 5, ""), record(to_name, 5, "\xc0\x50"s),
        record(to_name, 5, "\5ab"s)}) {
    CAPTURE(record_text);
    const auto answer = parse(response(2, record_text)).answer;
    CHECK(answer == Answer::failed);
  }
}

TEST_CASE("a pointer leads back, never to itself or forward, so that there is no end without one") {
  std::string ring = response(1, "\xc0\x1a"s + a("", one));  // at 26, behind the question: to itself
  CHECK(parse(ring).answer == Answer::failed);
  CHECK(parse(header(0x8180, 0) + "\xc0\x0c\0\1\0\1"s).answer == Answer::not_ours);
  // A long way back through many pointers, and a name that grows with each of them.
  std::string message = header(0x8180, 0) + std::string(1, '\0');
  for (int number = 0; number < 2000; ++number) {
    const int target = number == 0 ? 12 : 13 + 4 * (number - 1);
    message += "\1x"s + static_cast<char>(0xc0 | target >> 8) + static_cast<char>(target);
  }
  CHECK(parse(message).answer == Answer::not_ours);
}

TEST_CASE("a response to another question is not ours") {
  const auto good = response(1, a(to_name, one));
  const auto with = [&good](std::size_t at, const std::string& bytes) {
    auto changed = good;
    return parse(changed.replace(at, bytes.size(), bytes)).answer;
  };
  CHECK(with(0, "\x12\x34"s) == Answer::addresses);
  CHECK(with(0, "\x12\x35"s) == Answer::not_ours);  // the id
  CHECK(with(2, "\x01"s) == Answer::not_ours);      // a query
  CHECK(with(2, "\xa1"s) == Answer::not_ours);      // another opcode
  CHECK(with(4, "\0\0"s) == Answer::not_ours);      // no question
  CHECK(with(4, "\0\2"s) == Answer::not_ours);
  CHECK(with(13, "xpi"s) == Answer::not_ours);
  CHECK(with(13, "API"s) == Answer::addresses);
  CHECK(with(22, "\0\x1c"s) == Answer::not_ours);  // the type
  CHECK(with(24, "\0\3"s) == Answer::not_ours);    // the class
  for (std::size_t size = 0; size < 26; ++size) CHECK(parse(good.substr(0, size)).answer == Answer::not_ours);
  CHECK(parse(std::string(600, '\xff')).answer == Answer::not_ours);
}

}  // namespace vitals::resolver
