// URLs as the tools take them: "http://localhost:8080/health", "ws://[::1]:8080/ws?rate=10".
//
// Thread safety: values and pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace obs {

struct Url {
  std::string scheme;  // "http" or "ws"
  std::string host;    // without brackets
  std::uint16_t port = 80;
  std::string target = "/";  // path and query, as written

  // Errors: INVALID_ARGUMENT, quoting the text. https and wss are refused: the tools speak no TLS.
  static absl::StatusOr<Url> Parse(std::string_view text);

  // "localhost:8080": the value of a Host header.
  std::string HostAndPort() const;
};

}  // namespace obs
