// All watchers of one selection at one rate in one format, and what they have in common: the series they see,
// and in which order these changed.
//
// Everything that is sent gets the next position. A watcher has a cursor: the position up to which it has
// been sent everything. One that keeps up takes the frame that all share; for one that fell behind, or has
// just come, CatchUp() makes a frame of what lies between its cursor and the newest position, each series
// once, with its newest state. So a watcher costs a few numbers, however far behind it is.
//
// Thread safety: the hub's thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <list>

#include "base/clock.h"
#include "live/frame_body.h"
#include "live/subscription.h"
#include "live/tracked_series.h"

namespace obs {

class Group;

// A series in a group.
struct Member {
  enum class State : std::uint8_t {
    kChanged,  // waits for the group's next frame
    kSent,
    kLeaving,  // expired; waits for the group's next frame to say so
    kGone,     // was said to be gone; kept for watchers that missed it
  };

  TrackedSeries* series = nullptr;
  Group* group = nullptr;
  State state = State::kChanged;
  std::uint64_t position = 0;   // at which it was sent last, or said to be gone
  std::uint64_t announced = 0;  // position at which it was first sent since it joined; 0: never yet
  std::list<Member>::iterator self;
};

// How far a watcher has been served.
struct GroupCursor {
  std::uint64_t position = 0;  // of samples
  std::uint64_t gone = 0;      // of series said to be gone
  std::uint64_t synced = 0;    // when it last had everything; 0: never yet
};

class Group {
 public:
  Group(Subscription subscription, FrameMemory memory);
  ~Group();
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  const Subscription& subscription() const { return subscription_; }
  LiveFormat format() const { return subscription_.format; }

  // ---- Which series ----
  // Adds `series`, or brings it back; it counts as changed.
  void Add(TrackedSeries& series);
  void MarkChanged(Member& member);
  void MarkLeaving(Member& member);
  // Calls fn(member) for every one that has not left.
  template <typename Fn>
  void ForEachMember(Fn&& fn) {
    for (Member& member : sent_) fn(member);
    for (Member& member : changed_) fn(member);
  }
  // Grows with each Add().
  std::uint64_t added() const { return added_; }

  // How far the catalog's search for members has come, and whether it has once been through.
  std::size_t scanned = 0;
  bool ready = false;

  // ---- When ----
  std::int64_t period_ns() const { return kNanosPerSecond / subscription_.rate_hz; }
  // True if a frame is due at `tick_ns`: the rate allows one, and there is news or a second is nearly over.
  bool Due(std::int64_t tick_ns) const;

  // ---- What ----
  // The frame all share: what changed since the last one, oldest news first, up to kMaxSharedFrameBytes.
  FrameBodyPtr Emit(std::int64_t tick_ns, std::int64_t now_us);
  // True if a watcher at `cursor` lacks something of the group's frames so far.
  bool IsBehind(const GroupCursor& cursor) const {
    return cursor.position < position_ || cursor.gone < position_;
  }
  // True if the last frame of Emit() is all that a watcher at `cursor` lacked.
  bool SharedFrameServes(const GroupCursor& cursor) const;
  // True if nothing waits for the next frame.
  bool drained() const { return changed_.empty() && leaving_.empty(); }

  struct CatchUpOptions {
    // Also what still waits for the group's next frame: between two frames, a newcomer's picture needs it. It
    // will come again with that frame.
    bool with_waiting = false;
    // Of samples, those only that this (if any) accepts.
    std::function<bool(const Member&)> wanted;
  };
  // A frame for one watcher: what it lacks, up to kMaxPrivateFrameBytes. Moves `cursor` on.
  FrameBodyPtr CatchUp(GroupCursor& cursor, std::int64_t now_us, const CatchUpOptions& options) const;

  // Where a watcher starts that joins now: it lacks every series, and needs no word of those that are gone.
  GroupCursor JoinCursor() const { return {0, position_, 0}; }
  // Where one is that has everything.
  GroupCursor CurrentCursor() const { return {position_, position_, position_}; }

  // Forgets series that are gone and that every watcher, the last of them at `oldest`, knows to be gone.
  // Calls `forget` for each, after which its series may be destroyed.
  void Prune(std::uint64_t oldest, const std::function<void(TrackedSeries&)>& forget);
  // Forgets all.
  void Clear(const std::function<void(TrackedSeries&)>& forget);

  const FrameMemory& memory() const { return memory_; }

 private:
  using Members = std::list<Member>;

  void Move(Member& member, Member::State state, Members& to);
  Members& ListOf(Member::State state);
  void Forget(Members& list, const std::function<void(TrackedSeries&)>& forget);
  void AddTo(LiveBodyWriter& writer, const Member& member, bool announce) const;
  std::size_t SizeOf(const Member& member, bool announce) const;
  FrameBodyPtr Finish(LiveBodyWriter& writer, std::int64_t now_us) const;

  const Subscription subscription_;
  const FrameMemory memory_;
  // Each in the order in which its members came into it, so sent_ and gone_ are sorted by position.
  Members changed_;
  Members sent_;
  Members leaving_;
  Members gone_;
  std::uint64_t added_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t emitted_from_ = 0;  // position_ before the last Emit()
  std::int64_t next_due_ns_ = 0;
  std::int64_t emitted_ns_ = 0;
  bool emitted_ = false;
};

}  // namespace obs
