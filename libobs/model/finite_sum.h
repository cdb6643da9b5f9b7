// Sums of values that are finite, but whose sum may not be.
//
// Thread safety: a pure function.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace obs {

// `sum`, or the nearest double that is finite; 0 for what is no number, as infinities that cancel.
inline double FiniteSum(double sum) {
  constexpr double kLargest = std::numeric_limits<double>::max();
  return std::isnan(sum) ? 0 : std::clamp(sum, -kLargest, kLargest);
}

}  // namespace obs
