// The distribution of several histograms together, from their buckets. Quantiles of the parts cannot be put
// together; buckets can.
//
// Thread safety: a value.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "absl/status/status.h"
#include "model/histogram_state.h"
#include "model/sketch.h"

namespace obs {

class MergedHistogram {
 public:
  // Adds what `state` observed in its window. Errors: FAILED_PRECONDITION if the buckets do not fit those
  // before: one has a sketch and one its own bounds, or the bounds differ.
  absl::Status Add(const HistogramState& state);

  // 0 if nothing was observed.
  std::uint64_t count() const { return count_; }
  // `q` from 0 to 1. count() is not 0.
  double Quantile(double q) const;

 private:
  // Of explicit buckets, by upper bound.
  struct Bucket {
    std::uint64_t count = 0;
    double lower;  // -Inf if it has no bound below
  };

  void AddSketch(const HistogramState& state);
  absl::Status AddExplicit(const HistogramState& state);

  std::uint64_t count_ = 0;
  std::optional<Sketch> sketch_;
  std::map<double, Bucket> buckets_;
};

}  // namespace obs
