// Everything that a host name is looked up in: /etc/hosts, /etc/resolv.conf, DNS responses; and the setting that names
// it.
#include <array>
#include <vector>

#include "fuzz/fuzz.h"
#include "lambda/endpoint.h"
#include "resolver/dns_message.h"
#include "resolver/hosts_file.h"
#include "resolver/resolv_conf.h"

namespace {

using namespace vitals;
using namespace vitals::resolver;

void read_files(std::string_view text) {
  fuzz::promise(addresses_in_hosts(text, "api.test").size() <= max_addresses, "addresses are bounded");
  const auto conf = parse_resolv_conf(text);
  fuzz::promise(!conf.servers.empty() && conf.servers.size() <= max_name_servers, "there is a name server");
  for (const std::string_view name : {std::string_view{"api"}, text.substr(0, max_host_name)}) {
    for (std::size_t number = 0; number < candidate_count(conf, name); ++number) {
      std::array<std::uint8_t, max_dns_message> query;
      const Question question{1, candidate(conf, name, number), RecordType::a};
      const auto size = encode_query(question, query);
      fuzz::promise(size <= query.size(), "a query fits");
      if (size == 0) continue;
      query[2] = 0x81;  // as a response
      const auto answer = parse_response({query.data(), size}, question).answer;
      fuzz::promise(answer == Answer::none, "a query is a response without answers to itself");
    }
  }
}

void read_url(std::string_view text) {
  const auto url = lambda::parse_api_url(text);
  if (!url) {
    fuzz::promise(url.error().text.size() < 200, "a message is short");
    return;
  }
  fuzz::promise(url->port != 0 && !url->host.empty(), "a host and a port");
  fuzz::promise(url->prefix.empty() || (url->prefix.front() == '/' && url->prefix.back() != '/'),
                "a path to put first");
}

// As it is, and behind the head that a response must have.
void read_response(const std::uint8_t* data, std::size_t size) {
  for (const auto type : {RecordType::a, RecordType::aaaa}) {
    const Question question{0x1234, HostName{"api.test"}, type};
    static_cast<void>(parse_response({data, size}, question));
    std::array<std::uint8_t, max_dns_message> head;
    const auto head_size = static_cast<std::ptrdiff_t>(encode_query(question, head));
    std::vector<std::uint8_t> message(head.begin(), head.begin() + head_size);
    message[2] = 0x81;
    message[7] = 4;
    message.insert(message.end(), data, data + size);
    const auto response = parse_response(message, question);
    fuzz::promise(response.answer != Answer::not_ours, "it is a response to the question");
    fuzz::promise((response.answer == Answer::addresses) == !response.addresses.empty(), "addresses if it says so");
    for (const auto& address : response.addresses)
      fuzz::promise(address.is_v4() == (type == RecordType::a), "addresses of the type");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  read_files(text);
  read_url(text);
  read_response(data, size);
  return 0;
}
