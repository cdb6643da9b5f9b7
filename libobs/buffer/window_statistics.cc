#include "buffer/window_statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace obs {
namespace {

constexpr std::array<double, 5> kQuantiles{0.5, 0.9, 0.95, 0.99, 0.999};
using QuantileValues = std::array<double, kQuantiles.size()>;

// As if the observations of a bucket lay evenly in it.
void Interpolate(const Sketch& sketch, QuantileValues* values) {
  std::size_t next = 0;
  std::uint64_t below = 0;
  const auto pass = [&](double lower, double upper, std::uint64_t count) {
    lower = std::max(lower, sketch.min());
    upper = std::min(upper, sketch.max());
    for (; next < kQuantiles.size(); ++next) {
      const double rank = std::ceil(kQuantiles[next] * static_cast<double>(sketch.count()));
      const double share = (rank - static_cast<double>(below) - 0.5) / static_cast<double>(count);
      if (share > 1) break;
      (*values)[next] = std::lerp(lower, upper, std::max(share, 0.0));
    }
    below += count;
  };
  const auto bounds_of = [&](const Sketch::Buckets& buckets, std::size_t k) {
    const auto index = buckets.offset + static_cast<std::int32_t>(k);
    return std::pair(Sketch::LowerBound(index, sketch.scale()), Sketch::UpperBound(index, sketch.scale()));
  };
  for (std::size_t k = sketch.negative().counts.size(); k-- > 0;) {
    const auto [lower, upper] = bounds_of(sketch.negative(), k);
    if (sketch.negative().counts[k] != 0) pass(-upper, -lower, sketch.negative().counts[k]);
  }
  if (sketch.zero_count() != 0) pass(0, 0, sketch.zero_count());
  for (std::size_t k = 0; k < sketch.positive().counts.size(); ++k) {
    const auto [lower, upper] = bounds_of(sketch.positive(), k);
    if (sketch.positive().counts[k] != 0) pass(lower, upper, sketch.positive().counts[k]);
  }
  for (; next < kQuantiles.size(); ++next) (*values)[next] = sketch.max();
}

void Describe(const Sketch& sketch, QuantileValues* values, HistogramState* out) {
  if (sketch.scale() < Sketch::kDefaultScale) {
    Interpolate(sketch, values);
  } else {
    sketch.Quantiles(kQuantiles, *values);
  }
  out->scale = sketch.scale();
  sketch.ForEachBucket([out](double upper, std::uint64_t count) { out->buckets.emplace_back(upper, count); });
}

void Describe(const ExplicitHistogram& histogram, QuantileValues* values, HistogramState* out) {
  for (std::size_t i = 0; i < kQuantiles.size(); ++i) (*values)[i] = histogram.Quantile(kQuantiles[i]);
  const std::vector<std::uint64_t>& counts = histogram.counts();
  for (std::size_t k = 0; k < counts.size(); ++k) {
    if (counts[k] == 0 && (k + 1 == counts.size() || counts[k + 1] == 0)) continue;
    const bool is_open = k == histogram.bounds().size();
    const double upper = is_open ? std::numeric_limits<double>::infinity() : histogram.bounds()[k];
    out->buckets.emplace_back(upper, counts[k]);
  }
}

}  // namespace

void DescribeWindow(const Distribution& window, HistogramState* out) {
  out->buckets.clear();
  out->scale.reset();
  out->window_count = CountOf(window);
  if (out->window_count == 0) return;
  out->min = MinOf(window);
  out->max = MaxOf(window);
  QuantileValues values;
  std::visit([&](const auto& distribution) { Describe(distribution, &values, out); }, window);
  out->p50 = values[0];
  out->p90 = values[1];
  out->p95 = values[2];
  out->p99 = values[3];
  out->p999 = values[4];
}

}  // namespace obs
