// The past of a gauge or counter: one point for each fine slot of the newest part, and one for each coarse
// slot of what is older. A slot keeps the newest sample in it, with the sample's own time.
//
// Late points, older than one already held, go to their place: they wait aside until some have gathered,
// since that rewrites the history.
//
// Thread safety: a value; const methods may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "buffer/point_queue.h"

namespace obs {

// Resolution and reach of history. All in microseconds.
struct HistoryTiers {
  std::int64_t fine_us;       // width of a fine slot
  std::int64_t fine_span_us;  // reach of the fine slots
  std::int64_t coarse_us;
  std::int64_t span_us;    // reach of all
  std::int64_t window_us;  // sliding window of histograms

  // The end of the fine slot of `timestamp_us`, exclusive.
  std::int64_t FineSlotEnd(std::int64_t timestamp_us) const { return (timestamp_us / fine_us + 1) * fine_us; }
};

class PointHistory {
 public:
  // `point` is the last of its fine slot and newer than all before.
  void Push(const HistoryTiers& tiers, const Point& point);
  // `point` is older than the last one pushed.
  void InsertLate(const HistoryTiers& tiers, const Point& point);

  // Forgets the oldest points, but one, until the rest are packed in `bytes`.
  void ShedTo(std::size_t bytes);
  std::size_t packed_bytes() const { return fine_.packed_bytes() + coarse_.packed_bytes(); }

  // All points, oldest first.
  std::vector<Point> Points(const HistoryTiers& tiers) const;

  std::size_t HeapBytes() const;

 private:
  void Age(const HistoryTiers& tiers, std::int64_t newest_us);
  void FoldLateIn(const HistoryTiers& tiers);

  PointQueue fine_;
  PointQueue coarse_;
  std::vector<Point> late_;  // in order of time
};

}  // namespace obs
