// Puts acks off for a moment, so that one covers all batches that came meanwhile: writing one costs as much
// as taking in a hundred samples. And, where an ack promises that something is on disk, until it is.
//
// Thread safety: any thread. When full: holds each waiter once at most.
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
  class Waiter {
   public:
    virtual ~Waiter() = default;
    virtual void OnDue() = 0;
  };

  AckPacer();
  ~AckPacer();  // nothing is deferred any more
  AckPacer(const AckPacer&) = delete;
  AckPacer& operator=(const AckPacer&) = delete;

  // Calls `waiter` once, from a thread of its own, kAckIntervalNs at most after `record` is on disk; 0: from
  // now.
  void Defer(Waiter* waiter, std::uint64_t record = 0);

  // Calls `waiter` soon, if it waits for the disk.
  void Hurry(Waiter* waiter);

  // The journal's records up to `record` are on disk.
  void OnCommitted(std::uint64_t record);
  // Nobody is to wait for the disk any more, now and from now on.
  void GiveUp();

 private:
  struct Waiting {
    Waiter* waiter;
    std::uint64_t record;
  };

  void Run();
  // Makes those due that wait for the disk and for which condition(waiting) holds.
  template <typename Condition>
  void Release(Condition condition);

  Mutex mutex_;
  CondVar wake_;
  std::vector<Waiter*> due_ ABSL_GUARDED_BY(mutex_);
  std::vector<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);  // for the disk
  std::uint64_t committed_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace obs
