#include "buffer/histogram_series.h"

#include <algorithm>
#include <utility>

#include "buffer/distribution_merger.h"
#include "buffer/window_statistics.h"
#include "model/finite_sum.h"

namespace obs {

void HistogramSeries::BeginSlot() {
  Settle();
  if (current_.empty()) return;
  total_.Add(current_);
  history_.Push(current_);
  if (window_ != nullptr) window_->EndSlot(current_);
  current_.Clear();
  current_.positive.shrink_to_fit();
  current_.negative.shrink_to_fit();
}

void HistogramSeries::OpenSlot(std::int64_t timestamp_us) {
  if (!current_.empty()) {
    current_.slots.back().timestamp_us = timestamp_us;
    return;
  }
  current_.slots.push_back({timestamp_us, 0, 0});
  if (total_.explicit_histogram() != nullptr) current_.scale = DistributionRecord::kExplicit;
}

void HistogramSeries::Observe(std::int64_t timestamp_us, double value) {
  OpenSlot(timestamp_us);
  unsettled_.push_back(value);
  if (unsettled_.size() == kMaxUnsettled) Settle();
}

void HistogramSeries::Merge(std::int64_t timestamp_us, const Distribution& distribution) {
  Settle();
  if (!total_.TakesIn(distribution)) StartAnew(distribution);
  OpenSlot(timestamp_us);
  Add(distribution);
}

std::optional<ExplicitHistogram> HistogramSeries::TakeTotal(std::int64_t timestamp_us,
                                                            const ExplicitHistogram& total,
                                                            std::int64_t now_us) {
  std::optional<ExplicitHistogram> growth;
  if (taken_ == nullptr) {
    taken_ = std::make_unique<RunningTotal>();
  } else {
    growth = total.GrowthSince(taken_->histogram);
    if (timestamp_us < taken_->timestamp_us) {
      if (taken_->timestamp_us <= now_us || !growth) return std::nullopt;
      timestamp_us = taken_->timestamp_us;
    }
  }
  *taken_ = {timestamp_us, total};
  return growth ? *std::move(growth) : total;
}

void HistogramSeries::StartAnew(const Distribution& like) {
  total_ = RunningDistribution(EmptyLike(like));
  if (window_ != nullptr) *window_ = SlidingWindow(layout(), {});
  current_.Clear();
  history_ = HistogramHistory{};
}

void HistogramSeries::Settle() {
  if (unsettled_.empty()) return;
  if (const ExplicitHistogram* histogram = total_.explicit_histogram()) {
    SettleExplicit(*histogram);
  } else {
    if (window_ != nullptr) window_->Add(unsettled_);
    current_.Observe(unsettled_);
  }
  unsettled_.clear();
}

void HistogramSeries::SettleExplicit(const ExplicitHistogram& layout) {
  std::vector<std::uint64_t> counts(layout.bounds().size() + 1);
  double sum = 0;
  for (const double value : unsettled_) {
    const auto bucket = std::ranges::lower_bound(layout.bounds(), value);  // bounds are inclusive
    ++counts[static_cast<std::size_t>(bucket - layout.bounds().begin())];
    sum += value;
  }
  Add(*ExplicitHistogram::Create(layout.bounds(), std::move(counts), FiniteSum(sum)));
}

void HistogramSeries::Add(const Distribution& distribution) {
  if (window_ != nullptr) window_->Add(distribution);
  current_.Add(distribution);
}

bool HistogramSeries::EndWindowAt(const HistoryTiers& tiers, std::int64_t end_us) {
  const std::int64_t left_us = end_us - tiers.window_us;
  if (!current_.empty() && current_.newest_us() <= left_us) BeginSlot();
  bool changed = false;
  DistributionRecord record;
  while (history_.PopRecent(tiers, left_us, &record)) {
    changed = true;
    if (window_ != nullptr) window_->Leave(record, current_);
  }
  if (changed && window_ != nullptr && window_->is_coarse()) *window_ = MakeWindow();
  return changed;
}

SlidingWindow HistogramSeries::MakeWindow() const {
  std::vector<DistributionRecord> slots;
  history_.ForEachRecent([&](const DistributionRecord& record) { slots.push_back(record); });
  slots.push_back(current_);
  return SlidingWindow(layout(), slots);
}

void HistogramSeries::FollowWindow(bool follow) {
  Settle();
  if (!follow) {
    window_.reset();
  } else if (window_ == nullptr) {
    window_ = std::make_unique<SlidingWindow>(MakeWindow());
  }
}

HistogramSeries::Totals HistogramSeries::SaveTotals() {
  Totals totals{.distribution = total(), .taken = std::nullopt};
  if (taken_ != nullptr) totals.taken = *taken_;
  return totals;
}

void HistogramSeries::RestoreTotals(Totals totals) {
  Settle();
  if (!total_.TakesIn(totals.distribution)) StartAnew(totals.distribution);
  taken_ = totals.taken ? std::make_unique<RunningTotal>(*std::move(totals.taken)) : nullptr;
  const std::uint64_t count = CountOf(totals.distribution);
  if (count == total_count()) return;
  BeginSlot();
  if (count > total_.count()) {
    history_.AddForgotten(count - total_.count(), SumOf(totals.distribution) - total_.sum());
  }
  total_ = RunningDistribution(totals.distribution);
}

void HistogramSeries::Read(HistogramState* out) {
  out->count = total_count();
  out->sum = total_sum();
  if (window_ != nullptr) {
    DescribeWindow(window_->merged(), out);
  } else {
    DescribeWindow(MakeWindow().merged(), out);
  }
}

Distribution HistogramSeries::total() {
  Settle();
  if (current_.empty()) return total_.Unpack();
  RunningDistribution all = total_;
  all.Add(current_);
  return all.Unpack();
}

std::uint64_t HistogramSeries::total_count() {
  Settle();
  return total_.count() + current_.count();
}

double HistogramSeries::total_sum() {
  Settle();
  return total_.sum() + (current_.empty() ? 0 : current_.slots.back().sum);
}

const DistributionRecord& HistogramSeries::current() {
  Settle();
  return current_;
}

std::size_t HistogramSeries::HeapBytes() const {
  std::size_t bytes = total_.HeapBytes() + current_.HeapBytes() + history_.HeapBytes();
  if (window_ != nullptr) bytes += sizeof(SlidingWindow) + window_->HeapBytes();
  if (taken_ != nullptr) bytes += sizeof(RunningTotal) + taken_->histogram.HeapBytes();
  return bytes + unsettled_.capacity() * sizeof(double);
}

}  // namespace obs
