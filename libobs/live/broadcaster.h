// At each tick, gives every watcher its next frame.
//
// A watcher that takes its frames in time shares them with its group. One whose frame before is still on its
// way is passed over, and next time gets one frame with everything it missed, in its newest state, and the
// number of frames it was too slow for. Nothing ever queues up: a watcher holds one frame at most, and when
// all of these together exceed max_frame_bytes, those stuck the longest are dropped.
//
// Thread safety: the hub's thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/clock.h"
#include "buffer/store.h"
#include "live/catalog.h"
#include "live/subscriber.h"

namespace obs {

class Broadcaster {
 public:
  struct Counts {
    std::uint64_t frames_sent = 0;
    std::uint64_t frames_skipped = 0;
    std::uint64_t bytes_sent = 0;
  };

  Broadcaster(Store& store, const Clock& clock, std::size_t max_frame_bytes);

  // `sink` outlives its subscription. Subscribing again replaces the subscription: its frames count from 1
  // anew.
  void Subscribe(FrameSink& sink, const Subscription& subscription);
  void Unsubscribe(FrameSink& sink);

  // `tick_ns`: the monotonic time for which the tick was meant, so that rates do not depend on how late it
  // came.
  void Tick(std::int64_t tick_ns);

  const Counts& counts() const { return counts_; }
  std::size_t group_count() const { return catalog_.group_count(); }
  std::size_t watched_series() const { return catalog_.watched_series(); }
  std::size_t frame_bytes() const { return *memory_; }

 private:
  // The watchers of one group, and what the current tick has made for it.
  struct Audience {
    std::vector<Subscriber*> subscribers;
    FrameBodyPtr shared;  // null if no frame is due
    // Frames made for those behind, by where they stood: many fall behind, or come, at the same time.
    struct Private {
      GroupCursor from;
      GroupCursor to;
      FrameBodyPtr body;
    };
    std::vector<Private> made;
  };

  void ServeLive(Subscriber& subscriber, Audience& audience);
  bool MayCatchUp(const Subscriber& subscriber) const;
  void ServeHistories();
  void ServeHistory(Subscriber& subscriber, Audience& audience, std::int64_t budget_ns);
  void ServePrivate(Subscriber& subscriber, Audience& audience);
  void Send(Subscriber& subscriber, const FrameBodyPtr& body);
  void DropForMemory();

  Store& store_;
  const Clock& clock_;
  const std::size_t max_frame_bytes_;
  const FrameMemory memory_ = std::make_shared<std::atomic<std::size_t>>(0);
  Catalog catalog_;
  absl::flat_hash_map<FrameSink*, std::unique_ptr<Subscriber>> subscribers_;
  absl::flat_hash_map<Group*, Audience> audiences_;
  std::deque<Subscriber*> histories_;  // those being sent history; they take turns
  Counts counts_;
  std::int64_t now_us_ = 0;   // of the current tick, Unix time
  std::int64_t tick_ns_ = 0;  // of the current tick, monotonic
};

}  // namespace obs
