// The value of an expression over series that are watched.
//
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "app/check/assertion_syntax.h"
#include "app/check/watched_series.h"
#include "model/label_set.h"

namespace obs {

// One number of a result, with what it belongs to.
struct Element {
  std::string name;  // the metric's, if it is its bare value
  LabelSet labels;   // with `service` and `instance`; none if it is of all together
  double value = 0;

  // 'name{label="value"}', "" if there is nothing to tell it by.
  std::string Text() const;
};

// In order of their labels. A number is one element without labels.
//
//   NAME           each series' newest value; histograms have none
//   rate(NAME)     growth a second of each counter, or of each histogram's count of observations
//   p99(NAME)      over the sliding window of the aggregator, of all series together or of each group
//   absent(NAME)   1 if there is no such series, else nothing
//   count(X)       0 if there is nothing to count
//
// Operands of arithmetic match by equal labels; one of a single element without labels goes with every other.
// Errors: FAILED_PRECONDITION, where series are of the wrong kind for what is asked, or histograms do not fit
// together.
absl::StatusOr<std::vector<Element>> Evaluate(const Expression& expression, const WatchedSeries& series);

// Pairs as arithmetic and comparisons match them, with the labels of the left or of the one that has some.
struct ElementPair {
  Element left;
  double right = 0;
};
std::vector<ElementPair> MatchElements(std::vector<Element> left, const std::vector<Element>& right);

}  // namespace obs
