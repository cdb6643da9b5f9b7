#include "app/histogram_replay.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace obs {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A value in the bucket with that upper bound, which lies in it unless it is negative.
double ValueIn(double upper) {
  return upper < 0 ? std::nextafter(upper, -kInfinity) : upper;
}

// The upper bound, at a lower scale, of the bucket that holds the one with that bound.
double UpperAt(double upper, int scale) {
  const double value = ValueIn(upper);
  if (value > 0) return Sketch::UpperBound(Sketch::BucketIndex(value, scale), scale);
  if (value < 0) return -Sketch::LowerBound(Sketch::BucketIndex(-value, scale), scale);
  return 0;
}

template <typename Buckets>
Buckets AtScale(const Buckets& buckets, int scale) {
  Buckets out;
  for (const auto& [upper, count] : buckets) out[UpperAt(upper, scale)] += count;
  return out;
}

// Nearly where the observations of a bucket lie.
double MiddleOf(double upper, double lower) {
  return std::isfinite(upper) ? (upper + lower) / 2 : lower;
}

}  // namespace

HistogramReplay::News HistogramReplay::Update(const HistogramState& state) {
  if (!std::isfinite(state.sum)) return {};
  if (!state.buckets.empty() && state.scale.has_value() != is_sketch_) {
    is_sketch_ = state.scale.has_value();
    begun_ = false;
  }
  if (!begun_ || state.count < count_) {
    begun_ = false;
    held_.clear();
    window_.clear();
  }
  auto window = WindowOf(state);
  if (!window) return {};
  News news = begun_ ? Advance(state, *std::move(window)) : Begin(state, *std::move(window));
  begun_ = true;
  count_ = state.count;
  sum_ = state.sum;
  return news;
}

std::optional<HistogramReplay::Buckets> HistogramReplay::WindowOf(const HistogramState& state) {
  if (state.scale) TakeScale(std::clamp(*state.scale, Sketch::kMinScale, Sketch::kDefaultScale));
  Buckets window;
  std::uint64_t total = 0;
  for (const auto& [upper, count] : state.buckets) {
    if (std::isnan(upper) || (is_sketch_ && !std::isfinite(upper))) return std::nullopt;
    if (__builtin_add_overflow(total, count, &total)) return std::nullopt;
    if (count != 0) window[is_sketch_ ? UpperAt(upper, scale_) : upper] += count;
  }
  return window;
}

// What is held may have been seen through coarser buckets, and then the rest has to be, too.
void HistogramReplay::TakeScale(int scale) {
  if (held_.empty() && window_.empty()) scale_ = scale;
  if (scale >= scale_) return;
  scale_ = scale;
  window_ = AtScale(window_, scale);
  for (Buckets& buckets : held_) buckets = AtScale(buckets, scale);
}

HistogramReplay::News HistogramReplay::Begin(const HistogramState& state, Buckets window) {
  std::uint64_t count = 0;
  double sum = 0;  // an estimate
  double lower = 0;
  for (const auto& [upper, bucket_count] : window) {
    count += bucket_count;
    sum += static_cast<double>(bucket_count) * (is_sketch_ ? upper : MiddleOf(upper, lower));
    lower = upper;
  }
  News news;
  const std::uint64_t before = state.count - std::min(count, state.count);
  if (before == 0 || !std::isfinite(sum)) sum = state.sum;
  if (before != 0) {
    const double mean = state.sum / static_cast<double>(state.count);
    news.before = Make({}, before, mean, state.sum - sum, nullptr);
  }
  if (count != 0) {
    news.now = Make(window, 0, 0, sum, &state);
    held_.push_back(window);
  }
  window_ = std::move(window);
  return news;
}

HistogramReplay::News HistogramReplay::Advance(const HistogramState& state, Buckets window) {
  const std::uint64_t growth = state.count - count_;
  const double sum = state.sum - sum_;
  Buckets news;
  std::uint64_t rose = 0;
  for (const auto& [upper, count] : window) {
    const auto found = window_.find(upper);
    const std::uint64_t was = found == window_.end() ? 0 : found->second;
    if (count > was) news[upper] = count - was, rose += count - was;
  }
  std::uint64_t unseen = 0;
  if (rose > growth) {
    // Not the histogram of the last state, though nothing else tells: an aggregator that was restarted.
    news.clear();
    unseen = growth;
    held_ = {window};
  } else {
    for (const auto& [upper, was] : window_) {
      const auto found = window.find(upper);
      const std::uint64_t count = found == window.end() ? 0 : found->second;
      if (count < was) Leave(upper, was - count);
    }
    unseen = Renew(growth - rose, &news);
    if (!news.empty()) held_.push_back(news);
  }
  window_ = std::move(window);
  if (growth == 0 || !std::isfinite(sum)) return {};
  return {.before = std::nullopt, .now = Make(news, unseen, sum / static_cast<double>(growth), sum, &state)};
}

void HistogramReplay::Leave(double upper, std::uint64_t count) {
  for (Buckets& buckets : held_) {
    const auto found = buckets.find(upper);
    if (found == buckets.end()) continue;
    const std::uint64_t taken = std::min(count, found->second);
    count -= taken;
    found->second -= taken;
    if (found->second == 0) buckets.erase(found);
    if (count == 0) break;
  }
  while (!held_.empty() && held_.front().empty()) held_.pop_front();
}

std::uint64_t HistogramReplay::Renew(std::uint64_t count, Buckets* news) {
  while (count != 0 && !held_.empty()) {
    Buckets& oldest = held_.front();
    while (count != 0 && !oldest.empty()) {
      const auto first = oldest.begin();
      const std::uint64_t taken = std::min(count, first->second);
      (*news)[first->first] += taken;
      count -= taken;
      first->second -= taken;
      if (first->second == 0) oldest.erase(first);
    }
    if (oldest.empty()) held_.pop_front();
  }
  return count;
}

std::optional<Distribution> HistogramReplay::Make(const Buckets& buckets, std::uint64_t unseen, double mean,
                                                  double sum, const HistogramState* state) const {
  if (!std::isfinite(mean) || !std::isfinite(sum)) return std::nullopt;
  return is_sketch_ ? MakeSketch(buckets, unseen, mean, sum, state)
                    : MakeExplicit(buckets, unseen, mean, sum);
}

std::optional<Distribution> HistogramReplay::MakeSketch(const Buckets& buckets, std::uint64_t unseen,
                                                        double mean, double sum,
                                                        const HistogramState* state) const {
  Sketch shape(scale_);
  for (const auto& [upper, count] : buckets) shape.Insert(ValueIn(upper), count);
  shape.Insert(mean, unseen);
  // The window's extremes, if they can be among these observations; the buckets' bounds otherwise.
  const bool has_extremes = state != nullptr && state->min <= state->max;
  const double min = has_extremes ? state->min : shape.min();
  const double max = has_extremes ? state->max : shape.max();
  Sketch sketch;
  if (shape.empty() || !Sketch::FromParts(shape.scale(), shape.zero_count(), shape.positive(),
                                          shape.negative(), shape.count(), sum, min, max, &sketch)
                            .ok()) {
    return std::nullopt;
  }
  return sketch;
}

std::optional<Distribution> HistogramReplay::MakeExplicit(const Buckets& buckets, std::uint64_t unseen,
                                                          double mean, double sum) const {
  std::vector<std::uint64_t> counts(bounds_.size() + 1);
  const auto count_of = [&](double value) -> std::uint64_t& {
    return counts[static_cast<std::size_t>(std::ranges::lower_bound(bounds_, value) - bounds_.begin())];
  };
  for (const auto& [upper, count] : buckets) count_of(upper) += count;
  count_of(mean) += unseen;
  auto histogram = ExplicitHistogram::Create(bounds_, std::move(counts), sum);
  if (!histogram.ok() || histogram->count() == 0) return std::nullopt;
  return *std::move(histogram);
}

}  // namespace obs
