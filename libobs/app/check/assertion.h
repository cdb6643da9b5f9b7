// One assertion: what has to hold of live metrics, now or over a time.
//
//   p99(response_time_ms{service="api"}) < 50
//   sum by (service) (rate(errors_total)) / sum by (service) (rate(requests_total)) < 0.01
//   absent(panics_total)
//
// A comparison holds if it does for every element, and there is one at least: what is not there proves
// nothing.
//
// Thread safety: none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "app/check/assertion_syntax.h"
#include "app/check/result.h"
#include "app/check/watched_series.h"

namespace obs {

// How an assertion stands at one moment.
struct Verdict {
  bool holds = false;
  std::string text;              // the values, those that fail first
  std::optional<double> worst;   // the value furthest on the wrong side, or nearest to it
  bool is_data_missing = false;  // there was nothing to compare
};

class Assertion {
 public:
  // Errors: INVALID_ARGUMENT, quoting the assertion and naming the column.
  static absl::StatusOr<Assertion> Parse(std::string_view text);

  Verdict Judge(const WatchedSeries& series) const;

  const std::string& text() const { return text_; }
  // All series that it is about.
  std::vector<std::string> selectors() const;
  // The longest of its rates.
  std::int64_t window_ns() const;

 private:
  Verdict JudgePairs(const WatchedSeries& series) const;

  std::string text_;
  AssertionSyntax syntax_;
};

// Judges one assertion again and again, until it has held for long enough or it has failed.
class AssertionRun {
 public:
  enum class State : std::uint8_t { kUndecided, kHeld, kFailed };

  AssertionRun(Assertion assertion, std::int64_t for_ns)
      : assertion_(std::move(assertion)), for_ns_(for_ns) {}

  const Assertion& assertion() const { return assertion_; }
  State state() const { return state_; }

  // `now_ns`: monotonic. `may_wait`: a failure now is not the end; it has to hold from later on.
  void Observe(const WatchedSeries& series, std::int64_t now_ns, bool may_wait);

  // What came of it, by now. `why_not`: what kept it from being decided, if it is not.
  CheckResult Result(std::string_view why_not) const;

 private:
  Assertion assertion_;
  const std::int64_t for_ns_;
  State state_ = State::kUndecided;
  std::optional<std::int64_t> held_since_ns_;
  std::int64_t held_ns_ = 0;
  std::optional<Verdict> last_;
};

}  // namespace obs
