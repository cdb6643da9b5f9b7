#include "app/check/merged_histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "model/explicit_histogram.h"

namespace obs {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

absl::Status DoNotFit() {
  return absl::FailedPreconditionError(
      "the histograms have different buckets, so they cannot be merged; "
      "select some of them, or group them with by ()");
}

}  // namespace

absl::Status MergedHistogram::Add(const HistogramState& state) {
  if (state.window_count == 0) return absl::OkStatus();
  if (state.scale.has_value() ? !buckets_.empty() : sketch_.has_value()) return DoNotFit();
  if (state.scale.has_value()) {
    AddSketch(state);
  } else if (absl::Status status = AddExplicit(state); !status.ok()) {
    return status;
  }
  count_ += state.window_count;
  return absl::OkStatus();
}

// A bucket's upper bound lies within it, so to insert that puts the bucket where it was.
void MergedHistogram::AddSketch(const HistogramState& state) {
  Sketch sketch(std::clamp(*state.scale, Sketch::kMinScale, Sketch::kDefaultScale));
  for (const auto& [upper, count] : state.buckets) {
    if (!std::isfinite(upper)) continue;
    // That of a negative bucket is the one bound that lies outside.
    sketch.Insert(upper < 0 ? std::nextafter(upper, -kInfinity) : upper, count);
  }
  if (!sketch.empty()) sketch.SetMinMax(state.min, state.max);
  if (sketch_.has_value()) {
    sketch_->Merge(sketch);
  } else {
    sketch_ = std::move(sketch);
  }
}

absl::Status MergedHistogram::AddExplicit(const HistogramState& state) {
  double lower = -kInfinity;
  for (const auto& [upper, count] : state.buckets) {
    if (count > 0) {
      Bucket& bucket = buckets_.try_emplace(upper, Bucket{0, lower}).first->second;
      if (bucket.lower != lower) return DoNotFit();
      bucket.count += count;
    }
    lower = upper;
  }
  // Buckets of one layout do not overlap.
  lower = -kInfinity;
  for (const auto& [upper, bucket] : buckets_) {
    if (bucket.lower < lower) return DoNotFit();
    lower = upper;
  }
  return absl::OkStatus();
}

double MergedHistogram::Quantile(double q) const {
  if (sketch_.has_value()) return sketch_->Quantile(q);
  std::vector<double> bounds;
  std::vector<std::uint64_t> counts;
  const auto add_bound = [&](double bound) {
    if (!std::isfinite(bound) || (!bounds.empty() && bounds.back() >= bound)) return;
    bounds.push_back(bound);
    counts.push_back(0);
  };
  std::uint64_t above = 0;
  for (const auto& [upper, bucket] : buckets_) {
    add_bound(bucket.lower);
    add_bound(upper);
    (std::isfinite(upper) ? counts.back() : above) += bucket.count;
  }
  counts.push_back(above);
  auto histogram = ExplicitHistogram::Create(std::move(bounds), std::move(counts), std::nullopt);
  return histogram.ok() ? histogram->Quantile(q) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace obs
