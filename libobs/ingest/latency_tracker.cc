#include "ingest/latency_tracker.h"

#include <algorithm>
#include <utility>

namespace obs {

void LatencyTracker::Observe(std::string_view service, std::int64_t latency_ns) {
  const double seconds = static_cast<double>(std::max<std::int64_t>(latency_ns, 0)) / kNanosPerSecond;
  const std::int64_t period = Period();
  MutexLock lock(mutex_);
  auto found = services_.find(absl::string_view(service.data(), service.size()));
  if (found == services_.end()) {
    found = services_.try_emplace(std::string(services_.size() < kMaxServices ? service : "other")).first;
  }
  Entry& entry = found->second;
  entry.Rotate(period);
  entry.current.Insert(seconds);
  entry.total.Insert(seconds);
}

void LatencyTracker::Entry::Rotate(std::int64_t now_period) {
  if (now_period == period) return;
  if (now_period == period + 1) {
    std::swap(previous, current);
  } else {
    previous.Clear();
  }
  current.Clear();
  period = now_period;
}

std::vector<LatencyTracker::ServiceLatency> LatencyTracker::Snapshot() const {
  const std::int64_t period = Period();
  std::vector<ServiceLatency> snapshot;
  MutexLock lock(mutex_);
  snapshot.reserve(services_.size());
  for (const auto& [service, entry] : services_) {
    ServiceLatency& latency = snapshot.emplace_back(ServiceLatency{service, Sketch(), entry.total});
    if (period - entry.period <= 1) latency.recent.Merge(entry.current);
    if (period == entry.period) latency.recent.Merge(entry.previous);
  }
  return snapshot;
}

}  // namespace obs
