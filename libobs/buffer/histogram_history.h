// The past of a histogram in three parts: the slots that are still in the sliding window, the rest of the
// fine ones, and the coarse ones. A slot holds what was observed in it, so a window that ends anywhere can be
// made by merging.
//
// Precision: the window's part is exact. What is older keeps all counts, and of sums, minima and maxima that
// are not short decimal numbers 16 bits of mantissa. The fine part keeps at most kMaxFineBuckets a slot: the
// scale of its buckets falls until they fit. In the coarse part slots with few buckets keep them; of others
// each keeps its count and sum, and neighbours share one distribution: a window that ends within a group
// takes a share of it. Times there are whole milliseconds.
//
// Thread safety: a value; const methods may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "buffer/distribution_queue.h"
#include "buffer/distribution_record.h"
#include "buffer/point_history.h"

namespace obs {

class HistogramHistory {
 public:
  static constexpr std::size_t kMaxFineBuckets = 24;
  static constexpr std::size_t kMaxGroupBuckets = 40;
  static constexpr std::size_t kMaxExactBuckets = 2;
  static constexpr std::int64_t kSlotsPerGroup = 10;

  // `record` has one slot, newer than all before.
  void Push(const DistributionRecord& record) { recent_.PushBack(record); }

  // Takes the oldest slot out of the window's part if it is not newer than `until_us`; false if there is
  // none.
  bool PopRecent(const HistoryTiers& tiers, std::int64_t until_us, DistributionRecord* record);
  bool has_recent() const { return !recent_.empty(); }
  template <typename Fn>
  void ForEachRecent(Fn&& fn) const {
    recent_.ForEach(fn);
  }

  // Calls fn(record), oldest first.
  template <typename Fn>
  void ForEach(Fn&& fn) const {
    coarse_.ForEach(fn);
    fine_.ForEach(fn);
    recent_.ForEach(fn);
  }

  // Makes up for growth by `bytes`: forgets as much of the oldest that has left the window, a whole record at
  // once, and what that is too much counts for the next times.
  void Shed(std::size_t bytes);
  std::size_t packed_bytes() const {
    return recent_.packed_bytes() + fine_.packed_bytes() + coarse_.packed_bytes();
  }

  // Counts what was observed before the oldest record.
  void AddForgotten(std::uint64_t count, double sum) {
    forgotten_count_ += count;
    forgotten_sum_ += sum;
  }
  // What was observed before the oldest record.
  std::uint64_t forgotten_count() const { return forgotten_count_; }
  double forgotten_sum() const { return forgotten_sum_; }

  std::size_t HeapBytes() const { return recent_.HeapBytes() + fine_.HeapBytes() + coarse_.HeapBytes(); }

 private:
  void Age(const HistoryTiers& tiers, std::int64_t newest_us);
  void MoveGroup(const HistoryTiers& tiers, std::int64_t group_end_us);
  // Writes `slot` if it is exact as it is, else adds it to `group`, which is written before what follows it.
  void PushCoarse(const DistributionRecord& slot, DistributionRecord* group);
  void FlushGroup(DistributionRecord* group);
  void Forget(DistributionQueue* queue);

  DistributionQueue recent_{Precision::kExact};
  DistributionQueue fine_{Precision::kRounded};
  DistributionQueue coarse_{Precision::kCoarse};
  std::uint64_t forgotten_count_ = 0;
  double forgotten_sum_ = 0;
  std::size_t shed_ahead_bytes_ = 0;
};

}  // namespace obs
