#include "buffer/histogram_series.h"

#include <algorithm>
#include <utility>

#include "buffer/distribution_merger.h"
#include "buffer/window_statistics.h"

namespace obs {

void HistogramSeries::BeginSlot() {
  Settle();
  if (current_.empty()) return;
  history_.Push(current_);
  if (window_ != nullptr) window_->EndSlot(current_);
  current_.Clear();
  current_.positive.shrink_to_fit();
  current_.negative.shrink_to_fit();
  // Vectors that grow double: seldom enough that moving house here costs nothing, and rids of the other half.
  if (auto* sketch = std::get_if<Sketch>(&total_)) {
    const std::size_t used = (sketch->positive().counts.size() + sketch->negative().counts.size()) * 8;
    if (sketch->HeapBytes() > used + used / 4) *sketch = Sketch(*sketch);
  }
}

void HistogramSeries::OpenSlot(std::int64_t timestamp_us) {
  if (!current_.empty()) {
    current_.slots.back().timestamp_us = timestamp_us;
    return;
  }
  current_.slots.push_back({timestamp_us, 0, 0});
  if (std::holds_alternative<ExplicitHistogram>(total_)) current_.scale = DistributionRecord::kExplicit;
}

void HistogramSeries::Observe(std::int64_t timestamp_us, double value) {
  OpenSlot(timestamp_us);
  unsettled_.push_back(value);
  if (unsettled_.size() == kMaxUnsettled) Settle();
}

void HistogramSeries::Merge(std::int64_t timestamp_us, const Distribution& distribution) {
  Settle();
  if (!Mergeable(total_, distribution)) StartAnew(distribution);
  OpenSlot(timestamp_us);
  Add(distribution);
}

std::optional<ExplicitHistogram> HistogramSeries::TakeTotal(std::int64_t timestamp_us,
                                                            const ExplicitHistogram& total) {
  std::optional<ExplicitHistogram> growth;
  if (taken_ == nullptr) {
    taken_ = std::make_unique<RunningTotal>();
  } else if (timestamp_us < taken_->timestamp_us) {
    return std::nullopt;
  } else {
    growth = total.GrowthSince(taken_->histogram);
  }
  *taken_ = {timestamp_us, total};
  return growth ? *std::move(growth) : total;
}

void HistogramSeries::StartAnew(const Distribution& like) {
  total_ = EmptyLike(like);
  if (window_ != nullptr) *window_ = SlidingWindow(total_, {});
  current_.Clear();
  history_ = HistogramHistory{};
}

void HistogramSeries::Settle() {
  if (unsettled_.empty()) return;
  if (const auto* layout = std::get_if<ExplicitHistogram>(&total_)) {
    SettleExplicit(*layout);
  } else {
    auto& total = std::get<Sketch>(total_);
    for (const double value : unsettled_) total.Insert(value);
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
  Add(*ExplicitHistogram::Create(layout.bounds(), std::move(counts), sum));
}

void HistogramSeries::Add(const Distribution& distribution) {
  MergeInto(total_, distribution);
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
  return SlidingWindow(total_, slots);
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
  Settle();
  Totals totals{.distribution = total_, .taken = std::nullopt};
  if (taken_ != nullptr) totals.taken = *taken_;
  return totals;
}

void HistogramSeries::RestoreTotals(Totals totals) {
  Settle();
  if (!Mergeable(total_, totals.distribution)) StartAnew(totals.distribution);
  const std::uint64_t count = CountOf(totals.distribution);
  if (count > CountOf(total_)) {
    history_.AddForgotten(count - CountOf(total_), SumOf(totals.distribution) - SumOf(total_));
  }
  total_ = std::move(totals.distribution);
  taken_ = totals.taken ? std::make_unique<RunningTotal>(*std::move(totals.taken)) : nullptr;
}

void HistogramSeries::Read(HistogramState* out) {
  Settle();
  out->count = CountOf(total_);
  out->sum = SumOf(total_);
  if (window_ != nullptr) {
    DescribeWindow(window_->merged(), out);
  } else {
    DescribeWindow(MakeWindow().merged(), out);
  }
}

const Distribution& HistogramSeries::total() {
  Settle();
  return total_;
}

const DistributionRecord& HistogramSeries::current() {
  Settle();
  return current_;
}

std::size_t HistogramSeries::HeapBytes() const {
  const auto heap_bytes = [](const Distribution& distribution) {
    return std::visit([](const auto& d) { return d.HeapBytes(); }, distribution);
  };
  std::size_t bytes = heap_bytes(total_) + current_.HeapBytes() + history_.HeapBytes();
  if (window_ != nullptr) bytes += sizeof(SlidingWindow) + window_->HeapBytes();
  if (taken_ != nullptr) bytes += sizeof(RunningTotal) + taken_->histogram.HeapBytes();
  return bytes + unsettled_.capacity() * sizeof(double);
}

}  // namespace obs
