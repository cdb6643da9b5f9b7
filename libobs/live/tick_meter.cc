#include "live/tick_meter.h"

#include <algorithm>
#include <utility>

namespace obs {

void TickMeter::Record(std::int64_t now_ns, std::int64_t time_ns) {
  const MutexLock lock(mutex_);
  if (now_ns - began_ns_ >= kSpanNs) {
    std::swap(previous_, current_);
    current_.Clear();
    began_ns_ = now_ns;
  }
  current_.Insert(static_cast<double>(std::max<std::int64_t>(time_ns, 0)) / kNanosPerSecond);
}

TickMeter::Times TickMeter::Read() const {
  Sketch all;
  {
    const MutexLock lock(mutex_);
    all = current_;
    all.Merge(previous_);
  }
  if (all.empty()) return {};
  return {all.Quantile(0.5), all.Quantile(0.99), all.max()};
}

}  // namespace obs
