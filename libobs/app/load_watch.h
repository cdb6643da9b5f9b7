// Watches from a thread of its own whether the process has more to do than it can, and logs when that begins
// and ends.
//
// Thread safety: any thread; Stop() once.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include "app/overload_detector.h"
#include "base/mutex.h"

namespace obs {

class LoadWatch {
 public:
  // `memory_limit_bytes` of 0: none.
  explicit LoadWatch(std::uint64_t memory_limit_bytes);
  ~LoadWatch() { Stop(); }
  LoadWatch(const LoadWatch&) = delete;
  LoadWatch& operator=(const LoadWatch&) = delete;

  void Start();
  void Stop();

  bool overloaded() const { return overloaded_.load(std::memory_order_relaxed); }

 private:
  void Run();
  void Tell();

  const Clock& clock_ = Clock::System();
  OverloadDetector detector_;  // of the thread
  std::atomic<bool> overloaded_{false};
  Mutex mutex_;
  CondVar wake_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace obs
