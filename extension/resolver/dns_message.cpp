#include "resolver/dns_message.h"

#include <algorithm>

namespace vitals::resolver {

namespace {

constexpr std::size_t max_label = 63;
constexpr std::size_t pointer = 0xc0;  // the first two bits of a length
constexpr std::uint16_t class_in = 1;
constexpr int max_aliases = 8;

// Bits of the header's second word.
constexpr unsigned is_response = 0x8000;
constexpr unsigned opcode = 0x7800;
constexpr unsigned truncated = 0x0200;
constexpr unsigned recursion_desired = 0x0100;
constexpr unsigned response_code = 0x000f;
constexpr unsigned name_error = 3;  // NXDOMAIN

using Message = std::span<const std::uint8_t>;

struct Record {
  HostName owner;
  RecordType type{};
  std::size_t data = 0;  // where its data begins
  std::size_t size = 0;
};

// Reads a message from front to back. After its end, or a malformed name, every read fails.
class Reader {
 public:
  explicit Reader(Message message, std::size_t at = 0) : message_(message), at_(at) {}

  [[nodiscard]] bool failed() const { return failed_; }

  void skip(std::size_t count) {
    failed_ = failed_ || message_.size() - at_ < count;
    if (!failed_) at_ += count;
  }

  std::uint16_t word() {
    skip(2);
    if (failed_) return 0;
    return static_cast<std::uint16_t>(message_[at_ - 2] << 8U | message_[at_ - 1]);
  }

  // In dotted form. A pointer must lead to an earlier place than its own, so that there is no loop.
  HostName name() {
    HostName text;
    std::size_t at = at_;
    std::size_t earliest = at_;
    bool jumped = false;
    for (;;) {
      const std::size_t length = at < message_.size() ? message_[at] : pointer - 1;
      const std::size_t end = at + 1 + (length >= pointer ? 1 : length);
      if (end > message_.size() || (length > max_label && length < pointer)) break;
      if (!jumped) at_ = end;
      if (length == 0) return text;
      if (length >= pointer) {
        at = (length - pointer) << 8U | message_[at + 1];
        if (at >= earliest) break;
        earliest = at;
        jumped = true;
        continue;
      }
      if (text.size() + 1 + length > max_host_name) break;
      if (!text.empty()) text.append(".");
      for (const auto byte : message_.subspan(at + 1, length)) {
        const auto c = static_cast<char>(byte);
        text.append(std::string_view{&c, 1});
      }
      at = end;
    }
    failed_ = true;
    return {};
  }

  Record record() {
    Record record{.owner = name(), .type = static_cast<RecordType>(word())};
    if (word() != class_in) record.type = {};
    skip(4);  // its time to live
    record.size = word();
    record.data = at_;
    skip(record.size);
    return record;
  }

 private:
  Message message_;
  std::size_t at_;
  bool failed_ = false;
};

template <class Address>
Address address_from(Message data) {
  typename Address::bytes_type bytes{};
  std::copy(data.begin(), data.end(), bytes.begin());
  return Address{bytes};
}

// The answers of a message: `records` is where they begin. Each function reads them from the start: they are few.
struct Answers {
  Message message;
  Reader records;
  unsigned count;

  // Replaces `name` by the name that it is an alias of. False if it is not an alias.
  [[nodiscard]] bool follow_alias(HostName& name) const {
    Reader reader = records;
    for (unsigned number = 0; number < count; ++number) {
      const Record record = reader.record();
      if (reader.failed()) return false;
      if (record.type != RecordType::cname || !same_name(record.owner, name)) continue;
      // The name may point to an earlier place, so it is read in the whole message, up to its end.
      Reader data{message.first(record.data + record.size), record.data};
      name = data.name();
      return !data.failed();
    }
    return false;
  }

  // False if the message is malformed; the addresses before that place are kept.
  bool add_addresses(const HostName& name, RecordType type, Addresses& addresses) const {
    Reader reader = records;
    for (unsigned number = 0; number < count; ++number) {
      const Record record = reader.record();
      if (reader.failed()) return false;
      if (record.type != type || !same_name(record.owner, name)) continue;
      const Message data = message.subspan(record.data, record.size);
      if (type == RecordType::a && data.size() == 4) addresses.add(address_from<boost::asio::ip::address_v4>(data));
      if (type == RecordType::aaaa && data.size() == 16) addresses.add(address_from<boost::asio::ip::address_v6>(data));
    }
    return true;
  }
};

}  // namespace

std::size_t encode_query(const Question& question, std::span<std::uint8_t, max_dns_message> message) {
  std::size_t size = 0;
  const auto put = [&](unsigned byte) { message[size++] = static_cast<std::uint8_t>(byte); };
  const auto put_word = [&](unsigned word) {
    put(word >> 8U);
    put(word);
  };
  for (const unsigned word : std::array<unsigned, 6>{question.id, recursion_desired, 1, 0, 0, 0}) put_word(word);
  for (std::string_view rest = question.name;;) {
    const std::string_view label = rest.substr(0, rest.find('.'));
    if (label.empty() || label.size() > max_label) return 0;
    put(static_cast<unsigned>(label.size()));
    for (const char c : label) put(static_cast<unsigned char>(c));
    if (label.size() == rest.size()) break;
    rest.remove_prefix(label.size() + 1);
  }
  put(0);
  put_word(static_cast<unsigned>(question.type));
  put_word(class_in);
  return size;
}

Response parse_response(Message message, const Question& question) {
  Response response{.answer = Answer::not_ours, .addresses = {}};
  Reader reader{message};
  const auto id = reader.word();
  const unsigned flags = reader.word();
  const auto questions = reader.word();
  const auto count = reader.word();
  reader.skip(4);  // how many records of other sections follow
  const HostName name = reader.name();
  const auto type = static_cast<RecordType>(reader.word());
  const bool internet = reader.word() == class_in;
  if (reader.failed() || id != question.id || (flags & is_response) == 0 || (flags & opcode) != 0 || questions != 1 ||
      type != question.type || !internet || !same_name(name, question.name)) {
    return response;
  }
  response.answer = (flags & response_code) == name_error ? Answer::none : Answer::failed;
  if ((flags & response_code) != 0) return response;
  const Answers answers{message, reader, count};
  HostName owner = question.name;
  for (int followed = 0; followed < max_aliases && answers.follow_alias(owner); ++followed) {
  }
  const bool whole = answers.add_addresses(owner, question.type, response.addresses) && (flags & truncated) == 0;
  if (whole) response.answer = Answer::none;
  if (!response.addresses.empty()) response.answer = Answer::addresses;
  return response;
}

}  // namespace vitals::resolver
