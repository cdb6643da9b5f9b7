// A time that is measured at each tick, such as how late it comes, over the last 10 to 20 seconds.
//
// Thread safety: any thread.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/mutex.h"
#include "model/sketch.h"

namespace obs {

class TickMeter {
 public:
  struct Times {
    double p50_seconds = 0, p99_seconds = 0, max_seconds = 0;
  };

  void Record(std::int64_t now_ns, std::int64_t time_ns);
  // Zeros if there was no tick.
  Times Read() const;

 private:
  static constexpr std::int64_t kSpanNs = 10 * kNanosPerSecond;

  mutable Mutex mutex_;
  Sketch current_ ABSL_GUARDED_BY(mutex_);
  Sketch previous_ ABSL_GUARDED_BY(mutex_);
  std::int64_t began_ns_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace obs
