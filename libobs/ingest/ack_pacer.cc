#include "ingest/ack_pacer.h"

#include <chrono>
#include <utility>

namespace obs {

AckPacer::AckPacer() : thread_([this] { Run(); }) {}

AckPacer::~AckPacer() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void AckPacer::Defer(Writer* writer) {
  bool first = false;
  {
    const MutexLock lock(mutex_);
    first = deferred_.empty();
    deferred_.push_back(writer);
  }
  if (first) wake_.notify_one();
}

void AckPacer::Run() {
  std::vector<Writer*> due;
  for (;;) {
    {
      const MutexLock lock(mutex_);
      while (deferred_.empty() && !stopping_) wake_.wait(mutex_);
      if (deferred_.empty()) return;
    }
    std::this_thread::sleep_for(std::chrono::nanoseconds(kAckIntervalNs));
    {
      const MutexLock lock(mutex_);
      due.swap(deferred_);
    }
    for (Writer* const writer : due) writer->WriteDeferredAck();
    due.clear();
  }
}

}  // namespace obs
