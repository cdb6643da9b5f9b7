#include "http/listen_address.h"

#include <charconv>

#include "absl/strings/match.h"
#include "boost/asio/ip/address.hpp"
#include "fmt/format.h"

namespace obs {
namespace {

namespace ip = boost::asio::ip;

absl::Status Malformed(std::string_view text, std::string_view why) {
  return absl::InvalidArgumentError(fmt::format(
      "\"{}\" is not an address to listen on: {}; write HOST:PORT, for example 127.0.0.1:8080 or [::1]:8080",
      text, why));
}

}  // namespace

absl::StatusOr<ListenAddress> ListenAddress::Parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return Malformed(text, "it has no port");
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);

  if (!host.empty() && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    boost::system::error_code error;
    ip::make_address_v6(host, error);
    if (error) return Malformed(text, "what stands in brackets is no IPv6 address");
  } else if (host.find(':') != std::string_view::npos) {
    return Malformed(text, "an IPv6 address needs brackets");
  } else if (host.find_first_of("[] /") != std::string_view::npos) {
    return Malformed(text, "the host has characters that no host has");
  }
  if (host.empty()) return Malformed(text, "it has no host (0.0.0.0 means every interface)");

  std::uint16_t port = 0;
  const char* const end = digits.data() + digits.size();
  const auto [parsed_to, error] = std::from_chars(digits.data(), end, port);
  if (error != std::errc() || parsed_to != end)
    return Malformed(text, "the port is no number from 0 to 65535");
  return ListenAddress{std::string(host), port};
}

std::string ListenAddress::ToString() const {
  const bool v6 = host.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

bool IsLoopback(std::string_view host) {
  if (absl::EqualsIgnoreCase(absl::string_view(host.data(), host.size()), "localhost")) return true;
  boost::system::error_code error;
  const ip::address address = ip::make_address(host, error);
  if (error) return false;
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return ip::make_address_v4(ip::v4_mapped, address.to_v6()).is_loopback();
  }
  return address.is_loopback();
}

}  // namespace obs
