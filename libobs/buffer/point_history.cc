#include "buffer/point_history.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include "buffer/point_group.h"

namespace obs {
namespace {

// Folding in costs about as much as 2,000 appends.
constexpr std::size_t kMaxLatePoints = 32;

}  // namespace

PointHistory::PointHistory(const PointHistory& other)
    : fine_(other.fine_),
      groups_(other.groups_),
      shed_ahead_bytes_(other.shed_ahead_bytes_),
      late_(other.late_ == nullptr ? nullptr : std::make_unique<std::vector<Point>>(*other.late_)) {}

PointHistory& PointHistory::operator=(const PointHistory& other) {
  if (this != &other) *this = PointHistory(other);
  return *this;
}

void PointHistory::Push(const HistoryTiers& tiers, const Point& point) {
  fine_.PushBack(point);
  Age(tiers, point.timestamp_us);
}

// Hands points that left the fine part to the coarse one once they may fill a group, and forgets those that
// left both.
void PointHistory::Age(const HistoryTiers& tiers, std::int64_t newest_us) {
  const std::int64_t until_us = newest_us - tiers.fine_span_us;
  const std::int64_t group_us = static_cast<std::int64_t>(kGroupPoints) * tiers.coarse_us;
  if (fine_.front().timestamp_us > until_us - group_us) return;
  while (fine_.front().timestamp_us <= until_us - group_us) MoveGroup(tiers, until_us);
  while (groups_.size() > 0 &&
         GroupNewest(groups_.begin(), tiers.coarse_tick_us()) <= newest_us - tiers.span_us) {
    groups_.ConsumeTo(GroupEnd(groups_.begin()));
  }
}

// Moves points that are not newer than `until_us`, as the newest of all is, until the group is full.
void PointHistory::MoveGroup(const HistoryTiers& tiers, std::int64_t until_us) {
  std::array<Point, kGroupPoints> points;
  std::size_t size = 0;
  while (size < points.size() && fine_.front().timestamp_us <= until_us) {
    const Point point = fine_.front();
    fine_.PopFront();
    const bool last_of_slot =
        point.timestamp_us / tiers.coarse_us != fine_.front().timestamp_us / tiers.coarse_us;
    if (last_of_slot) points[size++] = point;
  }
  if (size == 0) return;
  std::array<std::uint8_t, kMaxGroupBytes> packed;
  const std::uint8_t* const end =
      PutPointGroup(packed.data(), std::span(points).first(size), tiers.coarse_tick_us());
  groups_.Append(packed.data(), static_cast<std::size_t>(end - packed.data()));
}

void PointHistory::InsertLate(const HistoryTiers& tiers, const Point& point) {
  const auto after = [](const Point& a, const Point& b) { return a.timestamp_us < b.timestamp_us; };
  if (late_ == nullptr) late_ = std::make_unique<std::vector<Point>>();
  late_->insert(std::ranges::upper_bound(*late_, point, after), point);
  if (late_->size() >= kMaxLatePoints) FoldLateIn(tiers);
}

std::vector<Point> PointHistory::Points(const HistoryTiers& tiers) const {
  std::vector<Point> all;
  for (const std::uint8_t* in = groups_.begin(); in != groups_.end();) {
    in = GetPointGroup(in, tiers.coarse_tick_us(), &all);
  }
  all.reserve(all.size() + fine_.size());
  fine_.ForEach([&](const Point& point) { all.push_back(point); });
  if (all.empty()) return all;
  if (late_ != nullptr) {
    const auto by_time = [](const Point& a, const Point& b) { return a.timestamp_us < b.timestamp_us; };
    const auto held = static_cast<std::ptrdiff_t>(all.size());
    all.insert(all.end(), late_->begin(), late_->end());
    std::ranges::inplace_merge(all, all.begin() + held, by_time);
  }
  // Of each slot the newest stays, and what is as old as can be goes.
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
  while (packed_bytes() > most && fine_.size() > 1) fine_.PopFront();
  shed_ahead_bytes_ = static_cast<std::uint32_t>(most - std::min(most, packed_bytes()));
}

std::size_t PointHistory::HeapBytes() const {
  const std::size_t late_bytes =
      late_ == nullptr ? 0 : sizeof(std::vector<Point>) + late_->capacity() * sizeof(Point);
  return fine_.HeapBytes() + groups_.HeapBytes() + late_bytes;
}

}  // namespace obs
