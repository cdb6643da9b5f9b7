// The grammar of selectors: text to a list of comparisons. See selector.h for what they mean.
//
//   selector = [name] ["{" [matcher {"," matcher} [","]] "}"]
//   matcher  = label ("=" | "!=" | "=~" | "!~") string
//
// A string is in double or single quotes, with Go's escapes, or in backquotes, without any. Names and labels
// that PromQL would not take bare are taken too, as they may hold any UTF-8: http.requests, p99-latency.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace obs {

inline constexpr std::string_view kNameLabel = "__name__";

struct MatcherSyntax {
  enum class Op : std::uint8_t { kEqual, kNotEqual, kRegex, kNotRegex, kGlob };

  std::string label;
  Op op = Op::kEqual;
  std::string value;       // unescaped
  std::size_t column = 1;  // of the value, in bytes from 1
};

// Bounds what a stranger can make RE2 hold, together with its limit for each expression.
inline constexpr std::size_t kMaxMatchers = 32;

// Errors: INVALID_ARGUMENT, as "selector, column N: what was expected".
absl::StatusOr<std::vector<MatcherSyntax>> ParseSelectorSyntax(std::string_view text);

// The error of a selector at `column`.
absl::Status SelectorError(std::size_t column, std::string_view what);

}  // namespace obs
