// A distribution as base-2 exponential buckets (the layout of OpenTelemetry's ExponentialHistogram and
// Prometheus's native histograms): with base = 2^(2^-scale), bucket i holds values in (base^i, base^(i+1)].
// Negative values have buckets of their own, by absolute value; zeros are counted apart.
//
// Error: at scale 6 a quantile is within 0.55 % of the true one. Should the buckets of one sign outgrow
// kMaxBuckets (a range of 2^32 at scale 6), neighbours are merged and the scale falls by one: the error
// doubles. Merging and subtracting are exact on buckets.
//
// Thread safety: a value; const methods may be called from any thread.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace obs {

class Sketch {
 public:
  static constexpr int kDefaultScale = 6;
  static constexpr int kMinScale = -10;
  static constexpr int kMaxScale = 20;  // of FromParts()
  static constexpr std::size_t kMaxBuckets = 2048;

  // A contiguous run of buckets: counts[k] belongs to index offset + k.
  struct Buckets {
    std::int32_t offset = 0;
    std::vector<std::uint64_t> counts;
  };

  // `scale`: kMinScale to kDefaultScale.
  explicit Sketch(int scale = kDefaultScale) : scale_(scale) {}

  // From parts as the wire has them; scales above kDefaultScale are merged down to it. Trailing and leading
  // empty buckets are dropped. A min or max outside its outermost bucket, as from a client that sets none,
  // becomes that bucket's bound. Errors: INVALID_ARGUMENT naming the part (scale out of range, a count that
  // does not add up or overflows, min above max, anything not finite, a bucket index outside the range of
  // double).
  static absl::Status FromParts(int scale, std::uint64_t zero_count, Buckets positive, Buckets negative,
                                std::uint64_t count, double sum, double min, double max, Sketch* out);

  // The index of the bucket of `value`, which is finite and above zero, at `scale`, at most kDefaultScale.
  static std::int32_t BucketIndex(double value, int scale);
  // The bounds of bucket `index` at `scale`: values in (lower, upper]. Rounded down to a double, so that
  // comparing with them agrees with BucketIndex(); never above the largest double.
  static double LowerBound(std::int32_t index, int scale);
  static double UpperBound(std::int32_t index, int scale) { return LowerBound(index + 1, scale); }

  // Adds `value`, which is finite, `times` times.
  void Insert(double value, std::uint64_t times = 1);

  // Adds all that `other` holds. The result has the lower of both scales.
  void Merge(const Sketch& other);

  // Takes away what was merged before. min() and max() become the bounds of the outermost buckets that are
  // left, never narrower than the truth.
  void Subtract(const Sketch& merged_before);

  // Merges neighbouring buckets until scale() is at most `scale`.
  void ReduceScale(int scale);

  // Empties it. Keeps the scale and the memory.
  void Clear();

  // The observation of rank ceil(q * count), the smallest having rank 1, within the error above and within
  // [min, max]. `q` is 0 to 1. NaN if empty.
  double Quantile(double q) const;
  // Several at once, `qs` rising; one pass. out.size() == qs.size().
  void Quantiles(std::span<const double> qs, std::span<double> out) const;

  bool empty() const { return count_ == 0; }
  std::uint64_t count() const { return count_; }
  // Saturates at the largest double.
  double sum() const;
  // NaN if empty.
  double min() const;
  double max() const;
  // Sets tighter bounds than Subtract() can know. Not for an empty sketch.
  void SetMinMax(double min, double max) { min_ = min, max_ = max; }
  int scale() const { return scale_; }
  std::uint64_t zero_count() const { return zero_count_; }
  const Buckets& positive() const { return positive_; }
  const Buckets& negative() const { return negative_; }

  // Calls fn(upper_bound, count) for every bucket that is not empty, by rising bound: negative, zero,
  // positive. For the negative bucket of absolute values in (a, b] the upper bound is -a.
  template <typename Fn>
  void ForEachBucket(Fn&& fn) const {
    for (std::size_t k = negative_.counts.size(); k-- > 0;) {
      if (negative_.counts[k] == 0) continue;
      fn(-LowerBound(negative_.offset + static_cast<std::int32_t>(k), scale_), negative_.counts[k]);
    }
    if (zero_count_ != 0) fn(0.0, zero_count_);
    for (std::size_t k = 0; k < positive_.counts.size(); ++k) {
      if (positive_.counts[k] == 0) continue;
      fn(UpperBound(positive_.offset + static_cast<std::int32_t>(k), scale_), positive_.counts[k]);
    }
  }

  // Heap bytes held.
  std::size_t HeapBytes() const;

  friend bool operator==(const Sketch&, const Sketch&);

 private:
  void Add(Buckets& buckets, double magnitude, std::uint64_t times);
  void AddOutside(Buckets& buckets, std::int32_t index, std::uint64_t times);
  // Adds buckets of `scale`, which is not below scale_, first lowering scale_ until all fit.
  void AddBuckets(const Buckets& positive, const Buckets& negative, int scale);
  // Of the outermost buckets: bounds within which every observation lies. Not for an empty sketch.
  double LowestBound() const;
  double HighestBound() const;

  // Invariant: the first and the last of the counts of positive_ and negative_ are not zero.
  int scale_;
  std::uint64_t count_ = 0;
  std::uint64_t zero_count_ = 0;
  double sum_ = 0;
  double min_ = std::numeric_limits<double>::infinity();  // so that the first Insert() needs no special case
  double max_ = -std::numeric_limits<double>::infinity();
  Buckets positive_;
  Buckets negative_;
};

}  // namespace obs
