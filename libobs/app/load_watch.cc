#include "app/load_watch.h"

#include <chrono>
#include <utility>

#include "base/process_usage.h"
#include "spdlog/spdlog.h"

namespace obs {

LoadWatch::LoadWatch(std::uint64_t memory_limit_bytes)
    : detector_(std::thread::hardware_concurrency(), memory_limit_bytes) {}

void LoadWatch::Start() {
  thread_ = std::thread([this] { Run(); });
}

void LoadWatch::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void LoadWatch::Run() {
  MutexLock lock(mutex_);
  while (!stopping_) {
    const std::int64_t due_ns = clock_.MonotonicNanos() + OverloadDetector::kPeriodNs;
    wake_.wait_for(mutex_, std::chrono::nanoseconds(OverloadDetector::kPeriodNs));
    const std::int64_t now_ns = clock_.MonotonicNanos();
    detector_.Observe({.now_ns = now_ns,
                       .late_ns = now_ns - due_ns,
                       .cpu_seconds = MeasureCpuSeconds(),
                       .resident_bytes = MeasureResidentBytes()});
    Tell();
  }
}

void LoadWatch::Tell() {
  const bool overloaded = detector_.lacks_cpu() || detector_.lacks_memory();
  if (overloaded_.exchange(overloaded, std::memory_order_relaxed) == overloaded) return;
  if (overloaded) {
    spdlog::warn("overloaded: {}; samples are refused, to be sent again later",
                 detector_.lacks_memory() ? "memory is near --memory-limit" : "the processor cannot keep up");
  } else {
    spdlog::info("no longer overloaded");
  }
}

}  // namespace obs
