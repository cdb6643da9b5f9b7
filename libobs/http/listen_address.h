// Where a server listens: "127.0.0.1:8080", "[::1]:9000", "localhost:0".
//
// Thread safety: values and pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace obs {

struct ListenAddress {
  std::string host;        // without brackets; "0.0.0.0" or "::" for every interface
  std::uint16_t port = 0;  // 0: a free one

  // Parses HOST:PORT, where an IPv6 address stands in brackets. Errors: INVALID_ARGUMENT, quoting the text.
  static absl::StatusOr<ListenAddress> Parse(std::string_view text);

  // As Parse() reads it.
  std::string ToString() const;

  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

// True for 127.0.0.0/8, ::1 (mapped ones too) and the name localhost: only this machine can connect. Other
// names are not resolved, and false.
bool IsLoopback(std::string_view host);

}  // namespace obs
