#include "app/bench/latencies.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/clock.h"

namespace obs {

void Latencies::Record(std::int64_t nanos) {
  sketch_.Insert(static_cast<double>(std::max<std::int64_t>(nanos, 0)));
}

void Latencies::RecordCorrected(std::int64_t nanos, std::int64_t interval_nanos) {
  Record(nanos);
  if (interval_nanos <= 0) return;
  for (std::int64_t waited = nanos - interval_nanos; waited >= interval_nanos; waited -= interval_nanos) {
    Record(waited);
  }
}

LatencySummary Latencies::Summary() const {
  if (sketch_.empty()) return {};
  constexpr std::array<double, 4> kQuantiles{0.5, 0.9, 0.99, 0.999};
  std::array<double, kQuantiles.size()> values{};
  sketch_.Quantiles(kQuantiles, values);
  for (double& value : values) value /= kNanosPerMilli;
  return {sketch_.count(), values[0], values[1], values[2], values[3], sketch_.max() / kNanosPerMilli};
}

std::int64_t OpenLoop::DueNanos(std::uint64_t event) const {
  return start_nanos_ + static_cast<std::int64_t>(static_cast<double>(event) * kNanosPerSecond / rate_);
}

std::uint64_t OpenLoop::DueBy(std::int64_t now_nanos) const {
  if (now_nanos < start_nanos_) return 0;
  auto due =
      static_cast<std::uint64_t>(static_cast<double>(now_nanos - start_nanos_) * rate_ / kNanosPerSecond);
  // Rounding must not make the two functions disagree.
  while (due > 0 && DueNanos(due) > now_nanos) --due;
  while (DueNanos(due) <= now_nanos) ++due;
  return due;
}

}  // namespace obs
