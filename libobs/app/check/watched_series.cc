#include "app/check/watched_series.h"

#include <algorithm>
#include <iterator>

#include "base/clock.h"

namespace obs {
namespace {

// Finer than this nobody asks.
constexpr std::int64_t kPointSpacingUs = 100 * kMicrosPerMilli;

}  // namespace

std::optional<double> WatchedSeries::Entry::RatePerSecond(std::int64_t now_us, std::int64_t window_us) const {
  if (points.empty()) return std::nullopt;
  // The total keeps its value until the next point.
  auto begin = points.begin();
  while (std::next(begin) != points.end() && std::next(begin)->time_us <= now_us - window_us) ++begin;
  const std::int64_t span_us = std::min(window_us, now_us - begin->time_us);
  if (span_us < kMicrosPerSecond) return std::nullopt;
  return (points.back().growth - begin->growth) * static_cast<double>(kMicrosPerSecond) /
         static_cast<double>(span_us);
}

void WatchedSeries::Take(const DecodedFrame& frame) {
  now_us_ = std::max(now_us_, frame.head.timestamp_us);
  for (const LiveSample& sample : frame.samples) {
    Entry& entry = series_[*sample.series];
    const bool is_histogram = sample.series->kind == MetricKind::kHistogram;
    if (sample.series->kind != MetricKind::kGauge) {
      AddPoint(entry, sample, is_histogram ? static_cast<double>(sample.histogram.count) : sample.value);
    }
    entry.value = sample.value;
    if (is_histogram) entry.histogram = sample.histogram;
  }
  for (const auto& gone : frame.gone) series_.erase(*gone);
}

void WatchedSeries::AddPoint(Entry& entry, const LiveSample& sample, double total) {
  // What comes live is dated by its frame, since nodes' clocks differ; what is older, by itself.
  const bool is_old = sample.history || entry.points.empty();
  std::int64_t time_us = is_old ? std::min(sample.timestamp_us, now_us_) : now_us_;
  if (entry.points.empty()) {
    entry.points.push_back({time_us, 0});
    entry.total = total;
    return;
  }
  const double growth = total >= entry.total ? total - entry.total : total;
  entry.total = total;
  Entry::Point& last = entry.points.back();
  time_us = std::max(time_us, last.time_us);
  const bool has_room = entry.points.size() > 1;
  if (has_room && time_us < std::prev(entry.points.end(), 2)->time_us + kPointSpacingUs) {
    last = {time_us, last.growth + growth};
  } else {
    entry.points.push_back({time_us, last.growth + growth});
  }
  while (entry.points.size() > 2 && entry.points[1].time_us <= now_us_ - window_us_) entry.points.pop_front();
}

}  // namespace obs
