// Threads that write frames to sockets, so that a tick comes in time however many watchers there are, and so
// that their number may grow with the cores.
//
// Nearly all that a frame costs is the kernel's: some 8 us for each watcher.
//
// Thread safety: any thread. When full: holds each socket once at most, as a socket has one frame at most.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace obs {

class FrameSocket;

class FrameSenders {
 public:
  // 0 threads: as many as the machine has cores, up to 4.
  explicit FrameSenders(std::size_t threads = 0);
  ~FrameSenders();  // as Stop()
  FrameSenders(const FrameSenders&) = delete;
  FrameSenders& operator=(const FrameSenders&) = delete;

  // Some thread will write the socket's frame. First come, first served.
  void Enqueue(std::shared_ptr<FrameSocket> socket);

  // Waits until nothing is left to write but what sockets did not take. For tests.
  void Drain();

  // Ends the threads; frames that are not yet written stay so.
  void Stop();

 private:
  void Run();

  const std::size_t thread_count_;
  Mutex mutex_;
  CondVar wake_;
  CondVar drained_;
  std::deque<std::shared_ptr<FrameSocket>> queue_ ABSL_GUARDED_BY(mutex_);
  std::size_t idle_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace obs
