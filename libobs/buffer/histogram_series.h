// The state of a histogram: its distribution since it began, the sliding window, and its past.
//
// The window is kept up to date as observations come and leave only while somebody follows it; otherwise it
// is made from history when asked for.
//
// Thread safety: none; its node's lock guards it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "buffer/distribution_record.h"
#include "buffer/histogram_history.h"
#include "buffer/point_history.h"
#include "buffer/running_distribution.h"
#include "buffer/sliding_window.h"
#include "model/distribution.h"
#include "model/histogram_state.h"

namespace obs {

class HistogramSeries {
 public:
  // A running total that is kept elsewhere.
  struct RunningTotal {
    std::int64_t timestamp_us = 0;
    ExplicitHistogram histogram;
  };
  // All but the past.
  struct Totals {
    Distribution distribution;          // since the series began
    std::optional<RunningTotal> taken;  // the newest that was taken over
  };

  // A new fine slot begins: what was observed in the one before becomes history.
  void BeginSlot();
  // Timestamps do not fall, and stay in one fine slot until BeginSlot().
  void Observe(std::int64_t timestamp_us, double value);
  // A layout of buckets other than the one so far starts everything anew.
  void Merge(std::int64_t timestamp_us, const Distribution& distribution);

  // Takes over `total`, a running total that is kept elsewhere, and returns what to merge: what it adds to
  // the one before; all of it if there was none or it began anew. Nullopt if it is older than the one before,
  // which may be from the future of a clock that was set back: see CounterBaselines::Apply().
  std::optional<ExplicitHistogram> TakeTotal(std::int64_t timestamp_us, const ExplicitHistogram& total,
                                             std::int64_t now_us);

  // Slots not newer than `end_us` - window leave the window. True if any did.
  bool EndWindowAt(const HistoryTiers& tiers, std::int64_t end_us);
  bool window_empty() const { return current_.empty() && !history_.has_recent(); }
  void FollowWindow(bool follow);

  Totals SaveTotals();
  // What the totals count beyond those so far was observed before any history.
  void RestoreTotals(Totals totals);

  void Read(HistogramState* out);
  Distribution total();
  std::uint64_t total_count();
  double total_sum();
  // With nothing in it.
  Distribution layout() const { return total_.EmptyLike(); }

  // History, with what is not yet part of it.
  const HistogramHistory& history() const { return history_; }
  const DistributionRecord& current();

  void Shed(std::size_t bytes) { history_.Shed(bytes); }
  std::size_t HeapBytes() const;

 private:
  static constexpr std::size_t kMaxUnsettled = 64;

  void OpenSlot(std::int64_t timestamp_us);
  void StartAnew(const Distribution& like);
  void Settle();
  void SettleExplicit(const ExplicitHistogram& layout);
  void Add(const Distribution& distribution);
  SlidingWindow MakeWindow() const;

  RunningDistribution total_;              // without the present slot
  std::unique_ptr<RunningTotal> taken_;    // the newest that was taken over
  std::unique_ptr<SlidingWindow> window_;  // while followed
  DistributionRecord current_;             // the present slot; empty if nothing came in it
  std::vector<double> unsettled_;          // observations of it that are not yet in the others
  HistogramHistory history_;
};

}  // namespace obs
