// The state of a histogram: its distribution since it began, the sliding window, and its past.
//
// Thread safety: a value; const methods may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "buffer/point_history.h"
#include "model/distribution.h"
#include "model/histogram_state.h"

namespace obs {

class HistogramSeries {
 public:
  void Observe(const HistoryTiers& tiers, std::int64_t timestamp_us, double value);
  void Merge(const HistoryTiers& tiers, std::int64_t timestamp_us, const Distribution& distribution);

  // Lets what is not newer than `end_us` - window leave the window. True if anything did.
  bool EndWindowAt(const HistoryTiers& tiers, std::int64_t end_us);
  bool window_empty() const;

  void Read(HistogramState* out) const;
  const Distribution& total() const { return total_; }

  struct Slot {
    std::int64_t timestamp_us;
    Distribution distribution;
  };
  const std::deque<Slot>& slots() const { return slots_; }

  std::size_t HeapBytes() const;

 private:
  Distribution total_;
  Distribution window_;
  std::deque<Slot> slots_;
  std::size_t window_begin_ = 0;
};

// Fills in what is over the window.
void DescribeWindow(const Distribution& window, HistogramState* out);

}  // namespace obs
