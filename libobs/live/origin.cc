#include "live/origin.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace obs {
namespace {

std::string Lower(std::string_view text) {
  return absl::AsciiStrToLower(absl::string_view(text.data(), text.size()));
}

struct Origin {
  std::string authority;     // "host:8080"; all of it if it is no URL, such as "null"
  std::string default_port;  // ":80"
};

Origin Split(std::string_view text) {
  Origin out{Lower(text), ""};
  if (out.authority.ends_with('/')) out.authority.pop_back();
  for (const auto& [scheme, port] : {std::pair("http://", ":80"), std::pair("https://", ":443")}) {
    if (!out.authority.starts_with(scheme)) continue;
    out.authority.erase(0, std::string_view(scheme).size());
    out.default_port = port;
  }
  return out;
}

std::string WithoutPort(std::string authority, std::string_view port) {
  if (!port.empty() && authority.ends_with(port)) authority.resize(authority.size() - port.size());
  return authority;
}

}  // namespace

bool OriginAllowed(std::string_view origin, std::string_view host, const std::vector<std::string>& allowed) {
  const Origin page = Split(origin);
  const std::string authority = WithoutPort(page.authority, page.default_port);
  const bool is_url = !page.default_port.empty();
  if (is_url && authority == WithoutPort(Lower(host), page.default_port)) return true;
  return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& text) {
    if (text == "*") return true;
    const Origin entry = Split(text);
    // An entry that names a scheme is for that scheme only.
    if (!entry.default_port.empty() && entry.default_port != page.default_port) return false;
    return authority == WithoutPort(entry.authority, page.default_port);
  });
}

}  // namespace obs
