#include "model/explicit_histogram.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>

#include "fmt/format.h"
#include "model/finite_sum.h"

namespace obs {
namespace {

// The lower end of bucket `k`, which has a bound: as PromQL has it, the first starts at 0 if it ends above 0.
double BucketStart(const std::vector<double>& bounds, std::size_t k) {
  if (k > 0) return bounds[k - 1];
  return std::min(bounds[0], 0.0);
}

double EstimateSum(const std::vector<double>& bounds, const std::vector<std::uint64_t>& counts) {
  if (bounds.empty()) return 0;
  double sum = 0;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    const double middle =
        k == bounds.size() ? bounds.back() : std::midpoint(BucketStart(bounds, k), bounds[k]);
    sum += middle * static_cast<double>(counts[k]);
  }
  return FiniteSum(sum);
}

absl::Status CheckBounds(const std::vector<double>& bounds) {
  if (bounds.size() > ExplicitHistogram::kMaxBounds) {
    return absl::InvalidArgumentError(fmt::format("{} bucket bounds; at most {} are accepted", bounds.size(),
                                                  ExplicitHistogram::kMaxBounds));
  }
  for (std::size_t k = 0; k < bounds.size(); ++k) {
    if (!std::isfinite(bounds[k])) {
      return absl::InvalidArgumentError(fmt::format("bucket bound {} is {}, not finite", k + 1, bounds[k]));
    }
    if (k > 0 && bounds[k] <= bounds[k - 1]) {
      return absl::InvalidArgumentError(
          fmt::format("bucket bounds do not rise: {} is followed by {}", bounds[k - 1], bounds[k]));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ExplicitHistogram> ExplicitHistogram::Create(std::vector<double> bounds,
                                                            std::vector<std::uint64_t> counts,
                                                            std::optional<double> sum) {
  if (auto status = CheckBounds(bounds); !status.ok()) return status;
  if (counts.size() != bounds.size() + 1) {
    return absl::InvalidArgumentError(
        fmt::format("{} bucket counts for {} bounds; there must be one more", counts.size(), bounds.size()));
  }
  if (sum && !std::isfinite(*sum)) {
    return absl::InvalidArgumentError(fmt::format("sum is {}, not finite", *sum));
  }
  ExplicitHistogram histogram;
  for (const std::uint64_t count : counts) {
    if (__builtin_add_overflow(histogram.count_, count, &histogram.count_)) {
      return absl::InvalidArgumentError("bucket counts overflow 64 bits");
    }
  }
  histogram.sum_ = sum ? *sum : EstimateSum(bounds, counts);
  histogram.bounds_ = std::move(bounds);
  histogram.counts_ = std::move(counts);
  return histogram;
}

void ExplicitHistogram::Merge(const ExplicitHistogram& other) {
  assert(bounds_ == other.bounds_ && counts_.size() == other.counts_.size());
  for (std::size_t k = 0; k < counts_.size(); ++k) counts_[k] += other.counts_[k];
  count_ += other.count_;
  sum_ = FiniteSum(sum_ + other.sum_);
}

void ExplicitHistogram::Subtract(const ExplicitHistogram& merged_before) {
  assert(bounds_ == merged_before.bounds_ && counts_.size() == merged_before.counts_.size());
  count_ = 0;
  for (std::size_t k = 0; k < counts_.size(); ++k) {
    // A client's counts may be so large that their sums wrapped around: then there is less than was merged.
    counts_[k] -= std::min(counts_[k], merged_before.counts_[k]);
    count_ += counts_[k];
  }
  sum_ = count_ == 0 ? 0 : FiniteSum(sum_ - merged_before.sum_);
}

std::optional<ExplicitHistogram> ExplicitHistogram::GrowthSince(const ExplicitHistogram& before) const {
  if (bounds_ != before.bounds_) return std::nullopt;
  for (std::size_t k = 0; k < counts_.size(); ++k) {
    if (counts_[k] < before.counts_[k]) return std::nullopt;
  }
  ExplicitHistogram growth = *this;
  growth.Subtract(before);
  return growth;
}

double ExplicitHistogram::Quantile(double q) const {
  if (count_ == 0) return std::numeric_limits<double>::quiet_NaN();
  if (bounds_.empty()) return sum_ / static_cast<double>(count_);
  const double rank = std::clamp(q, 0.0, 1.0) * static_cast<double>(count_);
  double below = 0;
  for (std::size_t k = 0; k < bounds_.size(); ++k) {
    const auto here = static_cast<double>(counts_[k]);
    if (here > 0 && below + here >= rank) {
      return std::lerp(BucketStart(bounds_, k), bounds_[k], (rank - below) / here);
    }
    below += here;
  }
  return bounds_.back();
}

std::size_t ExplicitHistogram::HeapBytes() const {
  return bounds_.capacity() * sizeof(double) + counts_.capacity() * sizeof(std::uint64_t);
}

}  // namespace obs
