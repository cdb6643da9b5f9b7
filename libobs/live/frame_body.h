// The part of a frame that its watchers share, and the count of what all of them hold in memory.
//
// Thread safety: the bytes are immutable; the last who holds them, on whatever thread, frees them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "wire/live_frame.h"

namespace obs {

// A frame is cut at this size, so that clients with the usual limit of 1 MiB a message can read it. What does
// not fit goes with the next frame. A frame made for one watcher may be larger than one for its group: that
// is how a watcher that fell behind catches up.
inline constexpr std::size_t kMaxSharedFrameBytes = 640 * 1024;
inline constexpr std::size_t kMaxPrivateFrameBytes = 960 * 1024;

// Counts the bytes of bodies that live.
using FrameMemory = std::shared_ptr<std::atomic<std::size_t>>;

class FrameBody {
 public:
  FrameBody(std::string bytes, LiveFormat format, std::int64_t timestamp_us, bool history, FrameMemory memory)
      : bytes_(std::move(bytes)),
        format_(format),
        timestamp_us_(timestamp_us),
        history_(history),
        memory_(std::move(memory)) {
    *memory_ += bytes_.size();
  }
  ~FrameBody() { *memory_ -= bytes_.size(); }
  FrameBody(const FrameBody&) = delete;
  FrameBody& operator=(const FrameBody&) = delete;

  const std::string& bytes() const { return bytes_; }
  LiveFormat format() const { return format_; }
  std::int64_t timestamp_us() const { return timestamp_us_; }
  bool history() const { return history_; }

 private:
  const std::string bytes_;
  const LiveFormat format_;
  const std::int64_t timestamp_us_;
  const bool history_;
  const FrameMemory memory_;
};

using FrameBodyPtr = std::shared_ptr<const FrameBody>;

}  // namespace obs
