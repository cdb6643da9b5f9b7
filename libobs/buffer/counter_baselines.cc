#include "buffer/counter_baselines.h"

#include <algorithm>

namespace obs {

std::optional<double> CounterBaselines::Apply(double value, BaselineId id, std::int64_t timestamp_ns,
                                              double total, std::int64_t unix_now_ns, std::int64_t now_ns) {
  Baseline* const baseline = Find(id);
  if (baseline == nullptr) {
    const auto is_idle = [now_ns](const Baseline& b) { return now_ns - b.used_ns > kIdleNs; };
    baselines_.erase(std::remove_if(baselines_.begin(), baselines_.end(), is_idle), baselines_.end());
    baselines_.push_back({id, timestamp_ns, now_ns, total});
    return value + total;
  }
  if (timestamp_ns < baseline->timestamp_ns) [[unlikely]] {
    const bool is_of_the_future = baseline->timestamp_ns > unix_now_ns;
    if (!is_of_the_future || total < baseline->total) return std::nullopt;
    timestamp_ns = baseline->timestamp_ns;
  }
  const double seen = total >= baseline->total ? baseline->total : 0;
  // With one producer the value is its total: not a sum of rounded differences.
  const double result = value == seen ? total : value + (total - seen);
  baseline->timestamp_ns = timestamp_ns;
  baseline->used_ns = now_ns;
  baseline->total = total;
  return result;
}

void CounterBaselines::Shift(std::int64_t ns) {
  for (Baseline& baseline : baselines_) baseline.used_ns += ns;
}

CounterBaselines::Baseline* CounterBaselines::Find(BaselineId id) {
  for (Baseline& baseline : baselines_) {
    if (baseline.id == id) return &baseline;
  }
  return nullptr;
}

std::size_t CounterBaselines::HeapBytes() const {
  return baselines_.capacity() > 1 ? baselines_.capacity() * sizeof(Baseline) : 0;
}

}  // namespace obs
