#include "ingest/ack_pacer.h"

#include <chrono>
#include <limits>
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

void AckPacer::Defer(Waiter* waiter, std::uint64_t record) {
  bool first = false;
  {
    const MutexLock lock(mutex_);
    if (record > committed_) {
      waiting_.push_back({waiter, record});
      return;
    }
    first = due_.empty();
    due_.push_back(waiter);
  }
  if (first) wake_.notify_one();
}

void AckPacer::OnCommitted(std::uint64_t record) {
  {
    const MutexLock lock(mutex_);
    if (record <= committed_) return;
    committed_ = record;
  }
  Release([record](const Waiting& each) { return each.record <= record; });
}

void AckPacer::Hurry(Waiter* waiter) {
  Release([waiter](const Waiting& each) { return each.waiter == waiter; });
}

template <typename Condition>
void AckPacer::Release(Condition condition) {
  bool first = false;
  {
    const MutexLock lock(mutex_);
    if (waiting_.empty()) return;
    const bool was_empty = due_.empty();
    std::erase_if(waiting_, [&](const Waiting& each) ABSL_NO_THREAD_SAFETY_ANALYSIS {
      if (!condition(each)) return false;
      due_.push_back(each.waiter);
      return true;
    });
    first = was_empty && !due_.empty();
  }
  if (first) wake_.notify_one();
}

void AckPacer::GiveUp() {
  OnCommitted(std::numeric_limits<std::uint64_t>::max());
}

void AckPacer::Run() {
  std::vector<Waiter*> due;
  for (;;) {
    {
      const MutexLock lock(mutex_);
      while (due_.empty() && !stopping_) wake_.wait(mutex_);
      if (due_.empty()) return;
    }
    std::this_thread::sleep_for(std::chrono::nanoseconds(kAckIntervalNs));
    {
      const MutexLock lock(mutex_);
      due.swap(due_);
    }
    for (Waiter* const waiter : due) waiter->OnDue();
    due.clear();
  }
}

}  // namespace obs
