// A selector picks series, in PromQL's syntax, with globs in the name:
//
//   cpu_percent{service="api", core=~"0|1"}     demo_*{route!=""}     {service="api"}     *
//
// Matchers: = != =~ !~. Regular expressions are RE2's and match the whole value. A label that a series lacks
// has the value "". `service`, `instance`, `kind` and `__name__` match the series' own identity.
// In a name "*" stands for any run of characters and "?" for one. A selector without any matcher, {}, picks
// all. The whole grammar is in selector_syntax.h.
//
// Thread safety: immutable once parsed; any thread may call const methods.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "model/series_identity.h"
#include "obs/export.h"

namespace obs {

class OBS_EXPORT Selector {
 public:
  // Longest text accepted, in bytes; bounds what a stranger can make RE2 compile.
  static constexpr std::size_t kMaxTextBytes = 4096;

  // Errors: INVALID_ARGUMENT naming the column (in bytes, from 1) and what was expected there.
  static absl::StatusOr<Selector> Parse(std::string_view text);

  bool Matches(const SeriesIdentity& series) const;

  // As it was written. Two selectors of equal text pick the same series.
  const std::string& text() const { return text_; }

 private:
  struct Matcher;
  Selector() = default;

  std::string text_;
  // All must match. Shared by copies, as a parsed matcher never changes.
  std::vector<std::shared_ptr<const Matcher>> matchers_;
};

}  // namespace obs
