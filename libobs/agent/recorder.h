// What one agent records, and what of it changed: the client's hot path and its collector.
//
// Thread safety: every method may be called from any thread; Collect() by one at a time. Recording never
// waits for I/O; looking up a series for the first time in a thread takes a lock.
// Ownership: handles point into the recorder. The catalog, the counts of losses and the clock outlive it.
// When full: a series over the limit gets a handle on which each recording is counted as lost.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <string_view>
#include <vector>

#include "agent/cell_registry.h"
#include "agent/handle_cache.h"
#include "agent/loss.h"
#include "agent/series_catalog.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "obs/labels.h"
#include "obs/metrics.h"
#include "wire/batch_writer.h"

namespace obs {

class Recorder {
 public:
  // Unchanged counters and gauges are sent again this often, so that they do not expire.
  static constexpr std::int64_t kHeartbeatNanos = 10 * kNanosPerSecond;
  // Collect() begins a new batch at this size: far below gRPC's limit of 4 MB.
  static constexpr std::size_t kMaxBatchBytes = 1'000'000;

  // `goes_on`: the producer has had an earlier life, in which its counters had totals of their own. They
  // begin with 0 then, so that the aggregator does not take the first total for growth of the old one.
  Recorder(SeriesCatalog& catalog, LossCounts& losses, const Clock& clock, bool goes_on = false);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  Counter GetCounter(std::string_view name, const Labels& labels) noexcept;
  Gauge GetGauge(std::string_view name, const Labels& labels) noexcept;
  Histogram GetHistogram(std::string_view name, const Labels& labels) noexcept;
  SharedTotal GetSharedTotal(std::string_view name, const Labels& labels) noexcept;

  RequestTracker TrackRequest(const Labels& labels) noexcept;
  void FinishRequest(const RequestTracker& request) noexcept;

  void CountLoss(Loss loss) noexcept { losses_.Add(loss, 1); }

  // What changed since the last call, or was not sent for kHeartbeatNanos. Counters leave from their first
  // look-up on, gauges once they are set, histograms when something was observed.
  std::vector<EncodedBatch> Collect();

 private:
  enum class Type : std::uint8_t { kCounter, kGauge, kHistogram, kSharedTotal };

  struct Sent {
    double value = std::numeric_limits<double>::quiet_NaN();  // equals nothing: not sent yet
    std::int64_t monotonic_nanos = 0;
  };
  struct CounterSeries {
    std::uint32_t ref;
    std::uint32_t cell;
    Sent sent;
  };
  struct GaugeSeries {
    detail::GaugeCell cell{std::numeric_limits<double>::quiet_NaN()};
    std::uint32_t ref = 0;
    Sent sent;
  };
  struct HistogramSeries {
    std::uint32_t ref;
    std::uint32_t cell;
    std::uint64_t events_seen;
    HistogramTotals sent;
  };

  CachedHandle Bind(Type type, std::string_view name, const Labels& labels) noexcept;
  CachedHandle BindSlowly(Type type, std::string_view name, const Labels& labels);
  // The series of `ref`, made if it is new.
  CachedHandle HandleOf(std::uint32_t ref, Type type) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  CachedHandle MakeSeries(std::uint32_t ref, Type type) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Notes that `value` is sent now. False if it need not or cannot be.
  bool IsDue(Sent& sent, double value, std::int64_t monotonic_nanos);

  const std::uint64_t id_;  // never given out again: tells recorders apart in the threads' caches
  SeriesCatalog& catalog_;
  LossCounts& losses_;
  const Clock& clock_;
  const bool goes_on_;
  CellRegistry& cells_;

  Mutex mutex_;
  std::vector<CachedHandle> handles_ ABSL_GUARDED_BY(mutex_);  // by ref
  std::deque<CounterSeries> counters_ ABSL_GUARDED_BY(mutex_);
  std::deque<GaugeSeries> gauges_ ABSL_GUARDED_BY(mutex_);  // shared totals too; they never move
  std::deque<HistogramSeries> histograms_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace obs
