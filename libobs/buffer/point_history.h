// The past of a gauge or counter: one point for each fine slot of the newest part, and one for each coarse
// slot of what is older. A slot keeps the newest sample in it, with the sample's own time: exact in the fine
// part, rounded down to a thousandth of the slot in the coarse one.
//
// Points leave the fine part many at once, as a group, which packs better than single ones.
//
// Late points, older than one already held, go to their place: they wait aside until some have gathered,
// since that rewrites the history.
//
// Thread safety: a value; const methods may be called from any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "buffer/byte_queue.h"
#include "buffer/point_queue.h"

namespace obs {

// Resolution and reach of history. All in microseconds.
struct HistoryTiers {
  std::int64_t fine_us;       // width of a fine slot
  std::int64_t fine_span_us;  // reach of the fine slots
  std::int64_t coarse_us;
  std::int64_t span_us;    // reach of all
  std::int64_t window_us;  // sliding window of histograms

  // To which the times of coarse points are rounded.
  std::int64_t coarse_tick_us() const { return std::max(coarse_us / 1000, std::int64_t{1}); }
  // The end of the fine slot of `timestamp_us`, exclusive.
  std::int64_t FineSlotEnd(std::int64_t timestamp_us) const { return (timestamp_us / fine_us + 1) * fine_us; }
};

class PointHistory {
 public:
  PointHistory() = default;
  PointHistory(const PointHistory& other);
  PointHistory& operator=(const PointHistory& other);
  PointHistory(PointHistory&&) noexcept = default;
  PointHistory& operator=(PointHistory&&) noexcept = default;

  // `point` is the last of its fine slot and newer than all before.
  void Push(const HistoryTiers& tiers, const Point& point);
  // `point` is older than the last one pushed.
  void InsertLate(const HistoryTiers& tiers, const Point& point);

  // Makes up for growth by `bytes`: forgets as much of the oldest, but never the newest point. Where points
  // are in groups a whole one goes, and what that is too much counts for the next times.
  void Shed(std::size_t bytes);
  std::size_t packed_bytes() const { return fine_.packed_bytes() + groups_.size(); }

  // All points, oldest first.
  std::vector<Point> Points(const HistoryTiers& tiers) const;

  std::size_t HeapBytes() const;

 private:
  void Age(const HistoryTiers& tiers, std::int64_t newest_us);
  void MoveGroup(const HistoryTiers& tiers, std::int64_t until_us);
  void FoldLateIn(const HistoryTiers& tiers);

  PointQueue fine_;
  [[no_unique_address]] ByteQueue groups_;  // of coarse points; what is shed fills its padding
  std::uint32_t shed_ahead_bytes_ = 0;
  std::unique_ptr<std::vector<Point>> late_;  // in order of time; null if none ever was
};

}  // namespace obs
