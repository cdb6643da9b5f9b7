// A clock that stands still until told otherwise. Both of its times move together.
//
// Thread safety: any thread may call any method.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace obs {

class FakeClock : public Clock {
 public:
  // Some day in 2025: a time of day that is neither zero nor round.
  static constexpr std::int64_t kStartNanos = 1'750'000'123'456'789'000;

  explicit FakeClock(std::int64_t now_nanos = kStartNanos) : now_nanos_(now_nanos) {}

  std::int64_t NowNanos() const override { return now_nanos_; }
  std::int64_t MonotonicNanos() const override { return monotonic_nanos_; }

  void Advance(std::int64_t nanos) {
    now_nanos_ += nanos;
    monotonic_nanos_ += nanos;
  }

  // Jumps the Unix time alone, as an administrator does.
  void Set(std::int64_t now_nanos) { now_nanos_ = now_nanos; }

 private:
  std::atomic<std::int64_t> now_nanos_;
  std::atomic<std::int64_t> monotonic_nanos_{kNanosPerSecond};
};

}  // namespace obs
