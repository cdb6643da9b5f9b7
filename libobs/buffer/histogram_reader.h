// Reads a histogram's history: at each slot the running totals, and the window that ended there.
//
// Thread safety: a value, made from copies; none.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "buffer/distribution_merger.h"
#include "buffer/histogram_history.h"
#include "buffer/histogram_series.h"
#include "buffer/point_history.h"
#include "model/distribution.h"
#include "model/histogram_state.h"

namespace obs {

class HistogramReader {
 public:
  using Fn = std::function<void(std::int64_t timestamp_us, HistogramState& state)>;

  // Copies what it needs of `series`; to be made under the lock that guards it.
  explicit HistogramReader(HistogramSeries& series);

  // Calls fn(timestamp, state) for slots with since_us < timestamp <= until_us, oldest first: for each, or
  // for the newest within each `step_us` if above 0.
  void ForEach(const HistoryTiers& tiers, std::int64_t since_us, std::int64_t until_us, std::int64_t step_us,
               const Fn& fn) const;

 private:
  // Those with slots in (after_us, until_us], oldest first, and the running totals before them.
  std::vector<DistributionRecord> RecordsBetween(std::int64_t after_us, std::int64_t until_us,
                                                 HistogramState* totals_before) const;

  HistogramHistory history_;
  DistributionRecord current_;
  Distribution layout_;
  HistogramState totals_;
  std::int64_t newest_us_ = 0;  // of current_, 0 if that is empty
};

}  // namespace obs
