// A watcher as the broadcaster sees it: a place to put frames, and how far it has been served.
//
// Thread safety: the hub's thread only.
#pragma once

#include <cstdint>
#include <memory>

#include "live/backfill.h"
#include "live/frame_body.h"
#include "live/group.h"
#include "wire/live_frame.h"

namespace obs {

// Takes one frame at a time.
class FrameSink {
 public:
  virtual ~FrameSink() = default;

  // True while the frame before is still on its way.
  virtual bool busy() const = 0;
  // Not while busy(). Returns the bytes of the whole frame. If the connection turns out to be lost, this says
  // nothing: the subscription ends later, and from elsewhere.
  virtual std::size_t Send(const LiveFrameHead& head, const FrameBodyPtr& body) = 0;
  // Since when, in monotonic nanoseconds, nothing of the frame on its way could be written.
  virtual std::int64_t stuck_since_ns() const = 0;
  // Drops the connection, and the frame at once. The subscription ends later, as above.
  virtual void DropForMemory() = 0;
};

struct Subscriber {
  FrameSink* sink = nullptr;
  Group* group = nullptr;
  GroupCursor cursor;
  std::uint64_t seq = 0;     // of the last frame sent
  std::uint64_t missed = 0;  // frames of the group since then that it was too slow for
  std::int64_t sent_ns = 0;  // tick of the last frame sent
  bool started = false;      // has been sent its first live frame

  // Set from the start if history is wanted, until what it sent can no longer be mistaken for news.
  std::unique_ptr<Backfill> backfill;
  bool in_history = false;  // the history is not all sent yet
  int splice_attempts = 0;
};

}  // namespace obs
