// A distribution in buckets with bounds of the client's choosing.
//
// Thread safety: a value; const methods may be called from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"

namespace obs {

class ExplicitHistogram {
 public:
  static constexpr std::size_t kMaxBounds = 512;

  ExplicitHistogram() = default;

  // `bounds`: upper bounds, inclusive, strictly rising, finite. `counts`: per bucket, one more than bounds.
  // `sum`: absent, it is estimated from the buckets' middles.
  // Errors: INVALID_ARGUMENT naming what is wrong.
  static absl::StatusOr<ExplicitHistogram> Create(std::vector<double> bounds,
                                                  std::vector<std::uint64_t> counts,
                                                  std::optional<double> sum);

  // Both need equal bounds, and Subtract() what was merged before.
  void Merge(const ExplicitHistogram& other);
  void Subtract(const ExplicitHistogram& merged_before);

  // Of running totals: what was added since `before`. Nullopt if there is no telling, since the bounds differ
  // or a count fell.
  std::optional<ExplicitHistogram> GrowthSince(const ExplicitHistogram& before) const;

  // As PromQL's histogram_quantile: linear within the bucket, the lowest bucket from 0 if its bound is
  // positive, the highest bound for what lies above it. Empty buckets are skipped. Without bounds: the mean.
  // NaN if empty.
  double Quantile(double q) const;

  // What is known of the extremes: Quantile(0) and Quantile(1).
  double min() const { return Quantile(0); }
  double max() const { return Quantile(1); }

  std::uint64_t count() const { return count_; }
  double sum() const { return sum_; }
  const std::vector<double>& bounds() const { return bounds_; }
  const std::vector<std::uint64_t>& counts() const { return counts_; }

  // Heap bytes held.
  std::size_t HeapBytes() const;

  friend bool operator==(const ExplicitHistogram&, const ExplicitHistogram&) = default;

 private:
  std::vector<double> bounds_;
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  double sum_ = 0;
};

}  // namespace obs
