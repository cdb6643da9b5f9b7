// One HTTP GET, blocking, for checks and tests.
//
// Thread safety: any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"

namespace obs {

struct HttpGetOptions {
  std::vector<std::pair<std::string, std::string>> headers;
  std::int64_t timeout_ns = 10 * kNanosPerSecond;  // for the whole of it
  std::size_t max_body_bytes = 256 * 1024 * 1024;
  // Asked about 20 times a second while the call waits: true makes it return CANCELLED. Null: never.
  std::function<bool()> interrupted;
};

struct HttpGetResult {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  // The first value of header `name` (case does not matter), or null.
  const std::string* Header(std::string_view name) const;
};

// Redirects are not followed. An answer with any status is a result. Errors: INVALID_ARGUMENT (the URL),
// UNAVAILABLE (no connection, or it broke), DEADLINE_EXCEEDED; each names the URL's host and port. CANCELLED
// (interrupted).
absl::StatusOr<HttpGetResult> HttpGet(std::string_view url, const HttpGetOptions& options = {});

}  // namespace obs
