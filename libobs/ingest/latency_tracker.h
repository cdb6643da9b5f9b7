// How long samples take from their timestamp until they are visible, by service: one observation a batch, of
// its newest sample.
//
// Bounded: services beyond kMaxServices share the name "other".
//
// Thread safety: any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "model/sketch.h"

namespace obs {

class LatencyTracker {
 public:
  static constexpr std::size_t kMaxServices = 1000;
  // Quantiles are shown over the last one to two of these.
  static constexpr std::int64_t kPeriodNanos = 30 * kNanosPerSecond;

  explicit LatencyTracker(const Clock& clock) : clock_(clock) {}

  // A clock that is ahead of ours makes negative latencies: they count as 0.
  void Observe(std::string_view service, std::int64_t latency_ns);

  struct ServiceLatency {
    std::string service;
    Sketch recent;  // seconds
    Sketch total;   // since the start
  };
  std::vector<ServiceLatency> Snapshot() const;

 private:
  struct Entry {
    std::int64_t period = 0;  // number of the period that `current` is of
    Sketch current;
    Sketch previous;
    Sketch total;

    void Rotate(std::int64_t now_period);
  };

  std::int64_t Period() const { return clock_.MonotonicNanos() / kPeriodNanos; }

  const Clock& clock_;
  mutable Mutex mutex_;
  absl::flat_hash_map<std::string, Entry> services_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace obs
