#include "buffer/histogram_series.h"

#include <algorithm>
#include <array>
#include <limits>

namespace obs {
namespace {

Distribution EmptyLike(const Distribution& like) {
  const auto* histogram = std::get_if<ExplicitHistogram>(&like);
  if (histogram == nullptr) return Sketch();
  return *ExplicitHistogram::Create(histogram->bounds(),
                                    std::vector<std::uint64_t>(histogram->counts().size()), 0.0);
}

}  // namespace

void HistogramSeries::Observe(const HistoryTiers& tiers, std::int64_t timestamp_us, double value) {
  Sketch one;
  one.Insert(value);
  Merge(tiers, timestamp_us, one);
}

void HistogramSeries::Merge(const HistoryTiers& tiers, std::int64_t timestamp_us,
                            const Distribution& distribution) {
  if (!Mergeable(total_, distribution)) {
    total_ = EmptyLike(distribution);
    window_ = EmptyLike(distribution);
    slots_.clear();
    window_begin_ = 0;
  }
  MergeInto(total_, distribution);
  MergeInto(window_, distribution);
  if (!slots_.empty()) timestamp_us = std::max(timestamp_us, slots_.back().timestamp_us);
  if (!slots_.empty() && timestamp_us < tiers.FineSlotEnd(slots_.back().timestamp_us)) {
    MergeInto(slots_.back().distribution, distribution);
    slots_.back().timestamp_us = timestamp_us;
    if (window_begin_ == slots_.size()) --window_begin_;
  } else {
    slots_.push_back({timestamp_us, distribution});
  }
}

bool HistogramSeries::EndWindowAt(const HistoryTiers& tiers, std::int64_t end_us) {
  bool changed = false;
  while (window_begin_ < slots_.size() && slots_[window_begin_].timestamp_us <= end_us - tiers.window_us) {
    window_ = EmptyLike(window_);
    ++window_begin_;
    changed = true;
  }
  for (std::size_t i = window_begin_; changed && i < slots_.size(); ++i)
    MergeInto(window_, slots_[i].distribution);
  return changed;
}

bool HistogramSeries::window_empty() const {
  return CountOf(window_) == 0;
}

void HistogramSeries::Read(HistogramState* out) const {
  out->count = CountOf(total_);
  out->sum = SumOf(total_);
  DescribeWindow(window_, out);
}

std::size_t HistogramSeries::HeapBytes() const {
  return 0;
}

void DescribeWindow(const Distribution& window, HistogramState* out) {
  out->buckets.clear();
  out->window_count = CountOf(window);
  if (out->window_count == 0) return;
  out->min = MinOf(window);
  out->max = MaxOf(window);
  constexpr std::array<double, 5> kQuantiles{0.5, 0.9, 0.95, 0.99, 0.999};
  std::array<double, 5> values;
  if (const auto* sketch = std::get_if<Sketch>(&window)) {
    sketch->Quantiles(kQuantiles, values);
    sketch->ForEachBucket(
        [out](double upper, std::uint64_t count) { out->buckets.emplace_back(upper, count); });
  } else {
    const auto& histogram = std::get<ExplicitHistogram>(window);
    for (std::size_t i = 0; i < kQuantiles.size(); ++i) values[i] = histogram.Quantile(kQuantiles[i]);
    for (std::size_t k = 0; k < histogram.counts().size(); ++k) {
      if (histogram.counts()[k] == 0) continue;
      const bool is_open = k == histogram.bounds().size();
      out->buckets.emplace_back(is_open ? std::numeric_limits<double>::infinity() : histogram.bounds()[k],
                                histogram.counts()[k]);
    }
  }
  out->p50 = values[0], out->p90 = values[1], out->p95 = values[2], out->p99 = values[3],
  out->p999 = values[4];
}

}  // namespace obs
