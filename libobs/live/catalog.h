// What the hub knows of the store: the groups, the series they watch, and the feed of changes between the
// two.
//
// A series is matched against a group once, when it appears or when the group does. The search goes on in
// slices, so that a new selection over many series delays no tick.
//
// Thread safety: the hub's thread only, which is the one consumer of the store's feed.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/clock.h"
#include "buffer/store.h"
#include "live/group.h"

namespace obs {

class Catalog {
 public:
  // Takes over the store's feed.
  Catalog(Store& store, const Clock& clock, FrameMemory memory);
  ~Catalog();
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  // The group for `subscription`, made if need be. It lives until Remove().
  Group& FindOrAdd(const Subscription& subscription);
  void Remove(Group& group);
  // Forgets series that are gone and that all watchers, the last of them at `oldest`, know to be gone.
  void Prune(Group& group, std::uint64_t oldest);

  // Takes what is new from the store and marks it in the groups.
  void Pull();
  // Goes on with the groups' search for members, for about `budget_ns`.
  void Scan(std::int64_t budget_ns);

  std::size_t group_count() const { return groups_.size(); }
  std::size_t watched_series() const { return tracked_.size(); }

 private:
  void Track(Group& group, const SeriesPtr& series);
  void Untrack(TrackedSeries& series);
  void OnExpired(const SeriesPtr& series);
  void OnChanged(const SeriesPtr& series, const SeriesState& state);
  // Drops what has expired from all_, which may name a series twice if it expired and came back.
  void Compact();

  Store& store_;
  const Clock& clock_;
  const FrameMemory memory_;
  std::vector<SeriesPtr> all_;  // in order of appearance; groups remember how far they have searched it
  std::size_t expired_in_all_ = 0;
  absl::flat_hash_map<const Series*, std::unique_ptr<TrackedSeries>> tracked_;
  absl::flat_hash_map<std::string, std::unique_ptr<Group>> groups_;
  std::uint32_t next_ref_ = 0;
  SeriesState state_;  // reused
};

}  // namespace obs
