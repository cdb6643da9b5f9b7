// The distribution of a histogram's newest slots, kept up to date as observations come and slots leave.
//
// Thread safety: a value; none.
#pragma once

#include <cstddef>
#include <vector>

#include "buffer/distribution_record.h"
#include "model/distribution.h"

namespace obs {

class SlidingWindow {
 public:
  // Holds `slots`, oldest first. The last one may still grow: see EndSlot().
  SlidingWindow(const Distribution& layout, const std::vector<DistributionRecord>& slots);

  void Add(const Distribution& distribution) { MergeInto(merged_, distribution); }
  void Add(const std::vector<double>& observations);
  // `slot`, all of which was added, will not grow any more.
  void EndSlot(const DistributionRecord& slot);
  // Takes out the oldest ended slot. `current`, not ended, is still in it; it may be empty.
  void Leave(const DistributionRecord& oldest, const DistributionRecord& current);

  const Distribution& merged() const { return merged_; }
  // True if buckets had to be merged for observations that may have left since.
  bool is_coarse() const;

  std::size_t HeapBytes() const;

 private:
  struct Extremes {
    double min;
    double max;
  };
  Distribution merged_;
  std::vector<Extremes> extremes_;  // of the ended slots of a sketch, which subtracting cannot give back
};

}  // namespace obs
