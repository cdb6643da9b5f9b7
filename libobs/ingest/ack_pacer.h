// Puts acks off for a moment, so that one covers all batches that came meanwhile: writing one costs as much
// as taking in a hundred samples.
//
// Thread safety: any thread. When full: holds each call once at most.
#pragma once

#include <cstdint>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"

namespace obs {

// Acks of one stream come no closer together than this. A stream that is silent for longer gets its next ack
// at once.
inline constexpr std::int64_t kAckIntervalNs = kNanosPerMilli / 2;

class AckPacer {
 public:
  class Writer {
   public:
    virtual ~Writer() = default;
    virtual void WriteDeferredAck() = 0;
  };

  AckPacer();
  ~AckPacer();  // nothing is deferred any more
  AckPacer(const AckPacer&) = delete;
  AckPacer& operator=(const AckPacer&) = delete;

  // Calls `writer` once, from a thread of its own, after kAckIntervalNs at most.
  void Defer(Writer* writer);

 private:
  void Run();

  Mutex mutex_;
  CondVar wake_;
  std::vector<Writer*> deferred_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace obs
