#include "buffer/point_history.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "buffer/point_group.h"

namespace obs {
namespace {

// Folding in costs about as much as 2,000 appends.
constexpr std::size_t kMaxLatePoints = 32;

}  // namespace

void PointHistory::Push(const HistoryTiers& tiers, const Point& point) {
  fine_.PushBack(point);
  Age(tiers, point.timestamp_us);
}

// Hands points that left the fine part to the coarse one, and forgets those that left both.
void PointHistory::Age(const HistoryTiers& tiers, std::int64_t newest_us) {
  while (fine_.front().timestamp_us <= newest_us - tiers.fine_span_us) {
    const Point point = fine_.front();
    fine_.PopFront();  // never the last one: that is the newest
    const bool last_of_slot =
        point.timestamp_us / tiers.coarse_us != fine_.front().timestamp_us / tiers.coarse_us;
    if (last_of_slot) PushCoarse(tiers, point);
  }
  const std::int64_t forgotten_us = newest_us - tiers.span_us;
  while (groups_.size() > 0 && GroupNewest(groups_.begin(), tiers.coarse_tick_us()) <= forgotten_us) {
    groups_.ConsumeTo(GroupEnd(groups_.begin()));
  }
  while (!coarse_.empty() && coarse_.front().timestamp_us <= forgotten_us) coarse_.PopFront();
}

void PointHistory::PushCoarse(const HistoryTiers& tiers, const Point& point) {
  coarse_.PushBack(point);
  if (coarse_.size() < kGroupPoints) return;
  std::array<Point, kGroupPoints> points;
  auto next = points.begin();
  coarse_.ForEach([&](const Point& p) { *next++ = p; });
  coarse_.Clear();
  std::array<std::uint8_t, kMaxGroupBytes> packed;
  const std::uint8_t* const end = PutPointGroup(packed.data(), points, tiers.coarse_tick_us());
  groups_.Append(packed.data(), static_cast<std::size_t>(end - packed.data()));
}

void PointHistory::InsertLate(const HistoryTiers& tiers, const Point& point) {
  const auto after = [](const Point& a, const Point& b) { return a.timestamp_us < b.timestamp_us; };
  late_.insert(std::ranges::upper_bound(late_, point, after), point);
  if (late_.size() >= kMaxLatePoints) FoldLateIn(tiers);
}

std::vector<Point> PointHistory::Points(const HistoryTiers& tiers) const {
  std::vector<Point> held;
  for (const std::uint8_t* in = groups_.begin(); in != groups_.end();) {
    in = GetPointGroup(in, tiers.coarse_tick_us(), &held);
  }
  if (!held.empty()) {  // a group is forgotten as a whole
    const auto is_forgotten = [until_us = fine_.back().timestamp_us - tiers.span_us](const Point& point) {
      return point.timestamp_us <= until_us;
    };
    held.erase(held.begin(), std::ranges::find_if_not(held, is_forgotten));
  }
  held.reserve(held.size() + coarse_.size() + fine_.size());
  coarse_.ForEach([&](const Point& point) { held.push_back(point); });
  fine_.ForEach([&](const Point& point) { held.push_back(point); });
  if (late_.empty()) return held;

  std::vector<Point> all;
  all.reserve(held.size() + late_.size());
  const auto by_time = [](const Point& a, const Point& b) { return a.timestamp_us < b.timestamp_us; };
  std::ranges::merge(held, late_, std::back_inserter(all), by_time);
  // Of each slot the newest stays.
  const std::int64_t newest_us = all.back().timestamp_us;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::int64_t age_us = newest_us - all[i].timestamp_us;
    if (age_us >= tiers.span_us) continue;
    const std::int64_t slot_us = age_us >= tiers.fine_span_us ? tiers.coarse_us : tiers.fine_us;
    const bool superseded =
        i + 1 < all.size() && all[i].timestamp_us / slot_us == all[i + 1].timestamp_us / slot_us;
    if (!superseded) all[kept++] = all[i];
  }
  all.resize(kept);
  return all;
}

void PointHistory::FoldLateIn(const HistoryTiers& tiers) {
  PointHistory rebuilt;
  for (const Point& point : Points(tiers)) rebuilt.Push(tiers, point);
  *this = std::move(rebuilt);
}

void PointHistory::Shed(std::size_t bytes) {
  const std::size_t owed = packed_bytes() + shed_ahead_bytes_;
  const std::size_t most = owed - std::min(owed, bytes);
  while (packed_bytes() > most && groups_.size() > 0) groups_.ConsumeTo(GroupEnd(groups_.begin()));
  while (packed_bytes() > most && (!coarse_.empty() || fine_.size() > 1)) {
    (coarse_.empty() ? fine_ : coarse_).PopFront();
  }
  shed_ahead_bytes_ = static_cast<std::uint32_t>(most - std::min(most, packed_bytes()));
}

std::size_t PointHistory::HeapBytes() const {
  return fine_.HeapBytes() + coarse_.HeapBytes() + groups_.HeapBytes() + late_.capacity() * sizeof(Point);
}

}  // namespace obs
