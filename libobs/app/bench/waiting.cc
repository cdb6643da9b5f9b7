#include "app/bench/waiting.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/clock.h"

namespace obs {

absl::Status WaitFor(std::int64_t duration_ns, const BenchSetup& setup,
                     const std::function<bool(double seconds)>& look) {
  constexpr std::int64_t kSliceNs = 200 * kNanosPerMilli;
  const Clock& clock = Clock::System();
  const std::int64_t start_ns = clock.MonotonicNanos();
  for (;;) {
    const std::int64_t passed_ns = clock.MonotonicNanos() - start_ns;
    if (passed_ns >= duration_ns) return absl::OkStatus();
    std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(kSliceNs, duration_ns - passed_ns)));
    if (setup.interrupted()) return absl::CancelledError("interrupted");
    const auto seconds = static_cast<double>(clock.MonotonicNanos() - start_ns) / kNanosPerSecond;
    if (!look(seconds)) return absl::OkStatus();
  }
}

}  // namespace obs
