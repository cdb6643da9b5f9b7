#include "live/watch_key.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "auth/key_store.h"

namespace obs {
namespace {

constexpr absl::string_view kHeader = "Sec-WebSocket-Protocol";
constexpr absl::string_view kKeyPrefix = "obs.key.";

std::vector<absl::string_view> OfferedSubprotocols(const HttpRequest& request) {
  std::vector<absl::string_view> offered;
  for (const auto& [name, value] : request.headers) {
    if (!absl::EqualsIgnoreCase(name, kHeader)) continue;
    for (const absl::string_view token : absl::StrSplit(value, ',')) {
      offered.push_back(absl::StripAsciiWhitespace(token));
    }
  }
  return offered;
}

std::string_view HeaderOrEmpty(const HttpRequest& request, std::string_view name) {
  const std::string* const value = request.Header(name);
  return value == nullptr ? std::string_view() : *value;
}

}  // namespace

std::string PresentedWatchKey(const HttpRequest& request) {
  const std::string_view key =
      PresentedKey(HeaderOrEmpty(request, "Authorization"), HeaderOrEmpty(request, "X-Api-Key"));
  if (!key.empty()) return std::string(key);
  for (const absl::string_view token : OfferedSubprotocols(request)) {
    std::string decoded;
    if (absl::StartsWith(token, kKeyPrefix) &&
        absl::WebSafeBase64Unescape(token.substr(kKeyPrefix.size()), &decoded)) {
      return decoded;
    }
  }
  return "";
}

bool OffersLiveSubprotocol(const HttpRequest& request) {
  for (const absl::string_view token : OfferedSubprotocols(request)) {
    if (token == absl::string_view(kLiveSubprotocol.data(), kLiveSubprotocol.size())) return true;
  }
  return false;
}

std::string KeySubprotocol(std::string_view key) {
  // Padding is no character of a token; base64url goes without.
  std::string out(kKeyPrefix.data(), kKeyPrefix.size());
  return out + absl::WebSafeBase64Escape(absl::string_view(key.data(), key.size()));
}

}  // namespace obs
