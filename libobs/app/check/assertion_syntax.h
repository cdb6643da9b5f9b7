// The grammar of assertions, which say what has to hold of live metrics. See assertion.h for what they mean.
//
//   assertion   = absent | expression ("<" | "<=" | ">" | ">=" | "==" | "!=") expression
//   expression  = term {("+" | "-") term}
//   term        = factor {("*" | "/") factor}
//   factor      = "-" factor | number | "(" expression ")" | absent | quantile | rate | aggregate | selector
//   absent      = "absent" "(" selector ")"
//   quantile    = ("p1" ... "p99" | "p999" | "p9999") [by] "(" selector ")" [by]
//   rate        = "rate" "(" selector ["[" duration "]"] ")"
//   aggregate   = ("sum" | "avg" | "min" | "max" | "count") [by] "(" expression ")" [by]
//   by          = "by" "(" [label {"," label}] ")"
//
// A selector is one of selector.h, whose name holds letters, digits, "_", ":", "." and the globs "*" and "?".
// Where a name begins or goes on, "*" is a glob; elsewhere it multiplies.
//
// Thread safety: pure functions; a tree is immutable.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "model/selector.h"

namespace obs {

struct Expression {
  enum class Kind : std::uint8_t {
    kNumber,      // number
    kSelector,    // selector
    kAbsent,      // selector
    kQuantile,    // of selector: number, by
    kRate,        // of selector: window_ns
    kAggregate,   // of left: aggregate, by
    kArithmetic,  // left, right: op
  };
  enum class Aggregate : std::uint8_t { kSum, kAvg, kMin, kMax, kCount };

  Kind kind = Kind::kNumber;
  double number = 0;  // a quantile is from 0 to 1
  std::optional<Selector> selector;
  std::int64_t window_ns = 0;
  Aggregate aggregate = Aggregate::kSum;
  std::vector<std::string> by;
  char op = '+';
  std::unique_ptr<const Expression> left, right;
  bool is_scalar = false;  // made of numbers alone
};

enum class Comparison : std::uint8_t { kLess, kLessOrEqual, kGreater, kGreaterOrEqual, kEqual, kNotEqual };

// "<" and so on.
std::string_view ComparisonText(Comparison comparison);

struct AssertionSyntax {
  std::unique_ptr<const Expression> left;
  // Both are of no meaning if `left` is a bare absent().
  Comparison comparison = Comparison::kLess;
  std::unique_ptr<const Expression> right;
};

inline constexpr std::int64_t kDefaultRateWindowNs = 10 * kNanosPerSecond;
inline constexpr std::int64_t kMaxRateWindowNs = 15 * 60 * kNanosPerSecond;  // history goes no further back
inline constexpr std::size_t kMaxAssertionBytes = 16 * 1024;

// Errors: INVALID_ARGUMENT, as "column N: what was expected".
absl::StatusOr<AssertionSyntax> ParseAssertionSyntax(std::string_view text);

}  // namespace obs
