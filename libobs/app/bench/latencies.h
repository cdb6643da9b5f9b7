// Times that something took, and the schedule by which an open loop measures them.
//
// A load that waits for one answer before it asks again sees a stall of a second as one bad sample, where
// people who come at their own pace would have seen many: coordinated omission. Either measure from the time
// for which the request was meant (OpenLoop), or let Latencies add the samples that were not taken.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstdint>

#include "model/sketch.h"

namespace obs {

struct LatencySummary {
  std::uint64_t count = 0;
  // All 0 if there were none. A quantile is within 0.55 %; the maximum is exact.
  double p50_ms = 0, p90_ms = 0, p99_ms = 0, p999_ms = 0, max_ms = 0;
};

class Latencies {
 public:
  // `nanos` below zero, as clocks may have it, counts as zero.
  void Record(std::int64_t nanos);

  // For a closed loop that meant to ask every `interval_nanos`: adds what those would have waited that it
  // did not send meanwhile, in steps of the interval.
  void RecordCorrected(std::int64_t nanos, std::int64_t interval_nanos);

  void Merge(const Latencies& other) { sketch_.Merge(other.sketch_); }

  LatencySummary Summary() const;

 private:
  Sketch sketch_;
};

// When the events of an open loop are due, however late the ones before were.
class OpenLoop {
 public:
  // `rate`, in events a second, is above zero.
  OpenLoop(std::int64_t start_nanos, double rate) : start_nanos_(start_nanos), rate_(rate) {}

  // Event 0 is due at the start.
  std::int64_t DueNanos(std::uint64_t event) const;
  // How many events are due by `now_nanos`.
  std::uint64_t DueBy(std::int64_t now_nanos) const;

 private:
  std::int64_t start_nanos_;
  double rate_;
};

}  // namespace obs
