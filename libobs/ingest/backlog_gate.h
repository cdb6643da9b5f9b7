// Sheds load when streams fall behind: when they bring their samples later and later, because together they
// have more than the aggregator can take.
//
// Flow control slows every client down to what is taken, but who measures all the time then has a backlog
// that grows until it drops samples. A stream is behind if its samples get older on arrival, and are
// kBehindNs older than the youngest of the last seconds were (so that clocks that differ do not matter, nor
// somebody who sends what he has kept for long). If half of the streams are, for a second, and the aggregator
// uses much of the machine, a third of these are ended, to come again later, and no new ones are let in; and
// so on until the rest keeps up.
//
// Thread safety: any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "base/clock.h"
#include "base/mutex.h"
#include "ingest/load_gate.h"

namespace obs {

class BacklogGate final : public LoadGate {
 public:
  static constexpr std::int64_t kPeriodNs = 250 * kNanosPerMilli;
  static constexpr int kPeriods = 4;  // in a row, until it is an overload
  static constexpr std::int64_t kBehindNs = 2 * kNanosPerSecond;
  static constexpr std::int64_t kLagSpanNs = 5 * kNanosPerSecond;  // the least lag is of one to two of these
  static constexpr double kLeastCpuShare = 0.4;                    // of all cores; below, others are to blame

  // `cores` is at least 1. `cpu_seconds`: what the process has used since its start. `clock` outlives it.
  BacklogGate(int cores, std::function<double()> cpu_seconds, const Clock& clock);

  bool AdmitsStream() override;
  bool AdmitsBatch(StreamLoad& load) override;
  void NoteLag(StreamLoad& load, std::int64_t lag_ns) override;

 private:
  void BeginPeriod(std::int64_t period, std::int64_t now_ns);

  const int cores_;
  const std::function<double()> cpu_seconds_;
  const Clock& clock_;

  std::atomic<std::int64_t> period_{0};
  std::atomic<int> active_{0};  // streams that sent in this period
  std::atomic<int> behind_{0};  // those of them that are behind
  std::atomic<int> excess_{0};  // streams still to be ended
  std::atomic<bool> overloaded_{false};

  Mutex mutex_;
  std::int64_t began_ns_ ABSL_GUARDED_BY(mutex_) = 0;  // the period
  double cpu_before_ ABSL_GUARDED_BY(mutex_) = 0;
  int bad_periods_ ABSL_GUARDED_BY(mutex_) = 0;  // in a row
};

}  // namespace obs
