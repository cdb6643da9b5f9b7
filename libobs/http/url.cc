#include "http/url.h"

#include "fmt/format.h"
#include "http/listen_address.h"

namespace obs {
namespace {

absl::Status Malformed(std::string_view text, std::string_view why) {
  return absl::InvalidArgumentError(fmt::format("bad URL \"{}\": {}", text, why));
}

}  // namespace

absl::StatusOr<Url> Url::Parse(std::string_view text) {
  Url url;
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos)
    return Malformed(text, "it starts neither with http:// nor with ws://");
  url.scheme = text.substr(0, scheme_end);
  if (url.scheme == "https" || url.scheme == "wss") return Malformed(text, "TLS is not supported");
  if (url.scheme != "http" && url.scheme != "ws") {
    return Malformed(text, "it starts neither with http:// nor with ws://");
  }
  // What goes into a request line must not be able to end it.
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f') return Malformed(text, "it holds white space");
  }

  const std::string_view rest = text.substr(scheme_end + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  std::string_view target = rest.substr(authority.size());
  target = target.substr(0, target.find('#'));
  if (!target.empty()) url.target = target.front() == '?' ? fmt::format("/{}", target) : std::string(target);
  if (authority.find('@') != std::string_view::npos) return Malformed(text, "user names are not supported");

  const bool has_port = authority.rfind(':') != std::string_view::npos && !authority.ends_with(']');
  const auto address =
      ListenAddress::Parse(has_port ? std::string(authority) : fmt::format("{}:80", authority));
  if (!address.ok()) return Malformed(text, "after :// it needs HOST or HOST:PORT");
  url.host = address->host;
  url.port = address->port;
  return url;
}

std::string Url::HostAndPort() const {
  return ListenAddress{host, port}.ToString();
}

}  // namespace obs
