#include "base/clock.h"

#include <chrono>

namespace obs {
namespace {

template <typename StdClock>
std::int64_t NanosOf() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(StdClock::now().time_since_epoch()).count();
}

class SystemClock final : public Clock {
 public:
  std::int64_t NowNanos() const override { return NanosOf<std::chrono::system_clock>(); }
  std::int64_t MonotonicNanos() const override { return NanosOf<std::chrono::steady_clock>(); }
};

}  // namespace

const Clock& Clock::System() {
  static const SystemClock clock;
  return clock;
}

}  // namespace obs
