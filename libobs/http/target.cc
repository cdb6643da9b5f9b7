#include "http/target.h"

#include "absl/strings/ascii.h"
#include "fmt/format.h"

namespace obs {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

absl::Status Decode(std::string_view text, bool plus_is_space, std::string* out) {
  out->reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 1 < text.size() ? HexDigit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return absl::InvalidArgumentError(
            fmt::format("bad request target: \"{}\" is no percent escape", text.substr(i, 3)));
      }
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (c == '\0') return absl::InvalidArgumentError("bad request target: it holds a NUL");
    out->push_back(c);
  }
  return absl::OkStatus();
}

absl::Status DecodeQuery(std::string_view text, std::vector<std::pair<std::string, std::string>>* out) {
  while (!text.empty()) {
    const std::string_view parameter = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), parameter.size() + 1));
    if (parameter.empty()) continue;
    const std::string_view name = parameter.substr(0, parameter.find('='));
    const std::string_view value = parameter.substr(std::min(parameter.size(), name.size() + 1));
    auto& [decoded_name, decoded_value] = out->emplace_back();
    if (auto status = Decode(name, true, &decoded_name); !status.ok()) return status;
    if (auto status = Decode(value, true, &decoded_value); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// "http://host:port/path" -> "/path". Proxies send it so, and RFC 9112 has servers take it.
std::string_view WithoutAuthority(std::string_view target) {
  constexpr std::string_view kScheme = "http://";
  if (target.size() < kScheme.size()) return target;
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    if (absl::ascii_tolower(static_cast<unsigned char>(target[i])) != kScheme[i]) return target;
  }
  target.remove_prefix(kScheme.size());
  const std::size_t end = target.find_first_of("/?");
  if (end == std::string_view::npos) return "/";
  return target.substr(end);
}

}  // namespace

absl::StatusOr<HttpTarget> ParseHttpTarget(std::string_view target) {
  target = WithoutAuthority(target);
  target = target.substr(0, target.find('#'));
  if (target.empty() || target.front() != '/') {
    return absl::InvalidArgumentError("bad request target: it does not start with \"/\"");
  }
  const std::string_view path = target.substr(0, target.find('?'));
  HttpTarget result;
  if (auto status = Decode(path, false, &result.path); !status.ok()) return status;
  if (path.size() < target.size()) {
    if (auto status = DecodeQuery(target.substr(path.size() + 1), &result.query); !status.ok()) return status;
  }
  return result;
}

}  // namespace obs
