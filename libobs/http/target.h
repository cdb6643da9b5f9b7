// The target of an HTTP request, "/api/v1/series?match=up&match=cpu%7B%7D", taken apart and decoded.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace obs {

struct HttpTarget {
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;
};

// Takes "/path?query" and "http://host/path?query". In the query "+" is a space, and a parameter without "="
// has the value "". Errors: INVALID_ARGUMENT if it is neither, holds a bad percent escape or an encoded NUL.
absl::StatusOr<HttpTarget> ParseHttpTarget(std::string_view target);

}  // namespace obs
