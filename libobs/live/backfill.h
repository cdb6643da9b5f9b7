// The history that a watcher gets before its live frames, spliced to them with no gap and no overlap.
//
// History is read in rounds. The first goes over the wanted time in windows, so that a chart fills from left
// to right; the next ones over what arrived meanwhile, until one round fits in one step. No round reads
// beyond the newest state that the live view has taken from the store, so what is not yet history is exactly
// what the live frames bring: IsNews() tells the two apart.
//
// Thread safety: the hub's thread only.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/clock.h"
#include "buffer/store.h"
#include "live/group.h"

namespace obs {

class Backfill {
 public:
  // `cursor` is where the watcher stands in `group`, and stays there while this lives.
  Backfill(const Store& store, const Clock& clock, Group& group, std::int64_t since_us);

  struct Step {
    FrameBodyPtr body;       // null if there was nothing to send
    bool caught_up = false;  // with this body, the watcher has all history there is
  };

  // Makes the next frame of at most kMaxPrivateFrameBytes, in about `budget_ns`; or somewhat more if that
  // brings it to the end.
  Step Next(std::int64_t now_us, std::int64_t budget_ns);

  // True if the newest state of `member` is news to the watcher: later than all history it was sent.
  bool IsNews(const Member& member) const;

 private:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();

  struct Entry {
    Member* member;
    std::int64_t sent_us = kNever;  // timestamp of the newest point sent
    bool announced = false;
  };

  void StartRound(std::int64_t now_us);
  void AddNewMembers();
  // Writes the points of one entry in the current window. Returns false if not all of them fitted.
  bool Visit(Entry& entry, LiveBodyWriter& writer);
  bool InLastWindow() const { return window_end_us_ >= round_end_us_; }

  const Store& store_;
  const Clock& clock_;
  Group& group_;
  const std::int64_t since_us_;
  std::vector<Entry> entries_;
  absl::flat_hash_map<std::uint32_t, std::size_t> index_;  // by TrackedSeries::ref()
  std::uint64_t members_seen_ = 0;                         // Group::added() when they were last looked at
  std::size_t next_ = 0;                                   // entry to visit
  std::int64_t window_end_us_ = 0;
  std::int64_t round_end_us_ = 0;
  bool first_round_ = true;
  std::string scratch_;
};

}  // namespace obs
