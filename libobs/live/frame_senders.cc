#include "live/frame_senders.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "live/frame_socket.h"

namespace obs {
namespace {

constexpr std::size_t kMaxThreads = 4;
// Taken from the queue at once: enough to make its lock cheap, few enough to share the work evenly.
constexpr std::size_t kTake = 8;

}  // namespace

FrameSenders::FrameSenders(std::size_t threads)
    : thread_count_(threads != 0
                        ? threads
                        : std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMaxThreads)) {
  for (std::size_t i = 0; i < thread_count_; ++i) threads_.emplace_back([this] { Run(); });
}

FrameSenders::~FrameSenders() {
  Stop();
}

void FrameSenders::Enqueue(std::shared_ptr<FrameSocket> socket) {
  bool wake = false;
  {
    const MutexLock lock(mutex_);
    queue_.push_back(std::move(socket));
    wake = idle_ > 0;
  }
  if (wake) wake_.notify_one();
}

void FrameSenders::Drain() {
  const MutexLock lock(mutex_);
  while (!queue_.empty() || idle_ < thread_count_) drained_.wait(mutex_);
}

void FrameSenders::Stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void FrameSenders::Run() {
  std::vector<std::shared_ptr<FrameSocket>> taken;
  for (;;) {
    {
      const MutexLock lock(mutex_);
      ++idle_;
      if (queue_.empty() && idle_ == thread_count_) drained_.notify_all();
      while (queue_.empty() && !stopping_) wake_.wait(mutex_);
      --idle_;
      if (stopping_) return;
      const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(std::min(kTake, queue_.size()));
      std::move(queue_.begin(), end, std::back_inserter(taken));
      queue_.erase(queue_.begin(), end);
    }
    for (const std::shared_ptr<FrameSocket>& socket : taken) socket->Write();
    taken.clear();
  }
}

}  // namespace obs
