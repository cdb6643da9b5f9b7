#include "agent/recorder.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <new>
#include <utility>

#include "agent/histogram_delta.h"
#include "model/series_rules.h"

namespace obs {
namespace {

std::uint64_t NextRecorderId() {
  static std::atomic<std::uint64_t> next{0};
  return next.fetch_add(1, std::memory_order_relaxed);
}

CachedHandle Refused(Loss loss) {
  CachedHandle handle;
  handle.loss = loss;
  return handle;
}

bool RecordsNothing(const CachedHandle& handle) {
  return handle.cell == detail::kNoCell && handle.gauge_cell == nullptr;
}

// Copies `labels`, sorted by name. At most kMaxLabels + 1, as more are too many anyway.
std::vector<LabelPair> Sorted(const Labels& labels) {
  std::vector<LabelPair> pairs;
  labels.ForEach([&](Label label) {
    if (pairs.size() <= kMaxLabels) pairs.push_back({std::string(label.name), std::string(label.value)});
  });
  std::ranges::sort(pairs);
  return pairs;
}

// Collects samples into batches of a bounded size.
class Batches {
 public:
  BatchWriter& writer() {
    if (writer_.bytes() >= Recorder::kMaxBatchBytes) done_.push_back(writer_.Take());
    return writer_;
  }
  std::vector<EncodedBatch> Finish() {
    if (!writer_.empty()) done_.push_back(writer_.Take());
    return std::move(done_);
  }

 private:
  BatchWriter writer_;
  std::vector<EncodedBatch> done_;
};

}  // namespace

Recorder::Recorder(SeriesCatalog& catalog, LossCounts& losses, const Clock& clock, bool goes_on)
    : id_(NextRecorderId()),
      catalog_(catalog),
      losses_(losses),
      clock_(clock),
      goes_on_(goes_on),
      cells_(CellRegistry::Get()) {}

Recorder::~Recorder() {
  std::vector<std::uint32_t> counters;
  std::vector<std::uint32_t> histograms;
  {
    MutexLock lock(mutex_);
    for (const CounterSeries& series : counters_) counters.push_back(series.cell);
    for (const HistogramSeries& series : histograms_) histograms.push_back(series.cell);
  }
  cells_.Release(counters, histograms);
}

// ---- Handles ----

Counter Recorder::GetCounter(std::string_view name, const Labels& labels) noexcept {
  const CachedHandle handle = Bind(Type::kCounter, name, labels);
  return Counter({this, handle.cell, handle.loss});
}

Gauge Recorder::GetGauge(std::string_view name, const Labels& labels) noexcept {
  const CachedHandle handle = Bind(Type::kGauge, name, labels);
  return Gauge({this, handle.gauge_cell, handle.loss});
}

Histogram Recorder::GetHistogram(std::string_view name, const Labels& labels) noexcept {
  const CachedHandle handle = Bind(Type::kHistogram, name, labels);
  return Histogram({this, handle.cell, handle.loss});
}

SharedTotal Recorder::GetSharedTotal(std::string_view name, const Labels& labels) noexcept {
  const CachedHandle handle = Bind(Type::kSharedTotal, name, labels);
  return SharedTotal({this, handle.gauge_cell, handle.loss});
}

CachedHandle Recorder::Bind(Type type, std::string_view name, const Labels& labels) noexcept {
  CacheKey key;
  key.Append(id_ << 8 | static_cast<std::uint8_t>(type));
  key.Append(name);
  labels.ForEach([&](Label label) {
    key.Append(label.name);
    key.Append(label.value);
  });
  const ThreadBlock* thread = CellRegistry::ThisThread();
  if (thread != nullptr && thread->handle_cache != nullptr && key.ok()) {
    if (const CachedHandle* const found = thread->handle_cache->Find(key.view())) return *found;
  }
  try {
    const CachedHandle handle = BindSlowly(type, name, labels);
    thread = CellRegistry::ThisThread();
    // A refused series is looked up again each time: it does not push others out of the cache.
    if (thread != nullptr && thread->handle_cache != nullptr && key.ok() && !RecordsNothing(handle)) {
      thread->handle_cache->Insert(key.view(), handle);
    }
    return handle;
  } catch (const std::bad_alloc&) {
    return Refused(Loss::kOutOfMemory);
  }
}

CachedHandle Recorder::BindSlowly(Type type, std::string_view name, const Labels& labels) {
  cells_.JoinThisThread();
  if (const SeriesFault fault = CheckMetricName(name); fault != SeriesFault::kNone)
    return Refused(LossOf(fault));
  std::vector<LabelPair> pairs = Sorted(labels);
  if (const SeriesFault fault = CheckLabels(pairs); fault != SeriesFault::kNone)
    return Refused(LossOf(fault));
  const auto set = LabelSet::FromPairs(std::move(pairs));
  if (!set.ok()) return Refused(Loss::kDuplicateLabel);

  const MetricKind kind = type == Type::kGauge       ? MetricKind::kGauge
                          : type == Type::kHistogram ? MetricKind::kHistogram
                                                     : MetricKind::kCounter;
  const auto ref = catalog_.FindOrAdd({name, kind, *set, type == Type::kSharedTotal});
  if (!ref) return Refused(Loss::kSeriesLimit);
  MutexLock lock(mutex_);
  return HandleOf(*ref, type);
}

CachedHandle Recorder::HandleOf(std::uint32_t ref, Type type) {
  if (ref >= handles_.size()) handles_.resize(ref + 1);
  CachedHandle& handle = handles_[ref];
  if (RecordsNothing(handle)) handle = MakeSeries(ref, type);
  return handle;
}

CachedHandle Recorder::MakeSeries(std::uint32_t ref, Type type) {
  CachedHandle handle;
  handle.loss = Loss::kSeriesLimit;  // of the process, should it have no cell left
  switch (type) {
    case Type::kCounter:
      handle.cell = cells_.AcquireCounter();
      if (handle.cell != detail::kNoCell) counters_.push_back({ref, handle.cell, {}});
      break;
    case Type::kHistogram:
      handle.cell = cells_.AcquireHistogram();
      if (handle.cell != detail::kNoCell) histograms_.push_back({ref, handle.cell, 0, {}});
      break;
    case Type::kGauge:
    case Type::kSharedTotal:
      gauges_.emplace_back().ref = ref;
      handle.gauge_cell = &gauges_.back().cell;
      break;
  }
  return handle;
}

// ---- Requests ----

RequestTracker Recorder::TrackRequest(const Labels& labels) noexcept {
  RequestTracker request;
  request.recorder_ = this;
  request.in_flight_ = GetGauge("requests_in_flight", labels);
  request.total_ = GetCounter("requests_total", labels);
  request.duration_ = GetHistogram("request_duration_seconds", labels);
  request.in_flight_.Add(1);
  request.start_nanos_ = clock_.MonotonicNanos();
  return request;
}

void Recorder::FinishRequest(const RequestTracker& request) noexcept {
  const std::int64_t nanos = clock_.MonotonicNanos() - request.start_nanos_;
  request.duration_.Record(static_cast<double>(nanos) / static_cast<double>(kNanosPerSecond));
  request.total_.Add(1);
  request.in_flight_.Add(-1);
}

// ---- Collection ----

bool Recorder::IsDue(Sent& sent, double value, std::int64_t monotonic_nanos) {
  if (value == sent.value && monotonic_nanos - sent.monotonic_nanos < kHeartbeatNanos) return false;
  sent = {value, monotonic_nanos};
  if (std::isfinite(value)) return true;
  CountLoss(Loss::kNotFinite);  // a total that outgrew double
  return false;
}

std::vector<EncodedBatch> Recorder::Collect() {
  const std::int64_t now = clock_.NowNanos();
  const std::int64_t monotonic = clock_.MonotonicNanos();
  Batches batches;
  MutexLock lock(mutex_);
  for (GaugeSeries& gauge : gauges_) {
    const double value = gauge.cell.value.load(std::memory_order_relaxed);
    if (std::isnan(value) || !IsDue(gauge.sent, value, monotonic)) continue;
    batches.writer().Add(gauge.ref, now, value);
  }
  MutexLock cells_lock(cells_.mutex());
  for (CounterSeries& counter : counters_) {
    const CounterSum sum = cells_.SumCounter(counter.cell);
    const double total = static_cast<double>(sum.whole) + sum.real;
    const bool is_first = std::isnan(counter.sent.value);
    if (!IsDue(counter.sent, total, monotonic)) continue;
    if (is_first && goes_on_ && total != 0) batches.writer().Add(counter.ref, now, 0);
    batches.writer().Add(counter.ref, now, total);
  }
  for (HistogramSeries& histogram : histograms_) {
    const std::uint64_t events = cells_.CountEvents(histogram.cell);
    if (events == histogram.events_seen) continue;
    HistogramTotals totals = cells_.ReadHistogram(histogram.cell);
    if (const auto sketch = SketchSince(histogram.sent, totals)) {
      batches.writer().AddSketch(histogram.ref, now, *sketch);
      histogram.sent = std::move(totals);
    }
    histogram.events_seen = events;
  }
  return batches.Finish();
}

}  // namespace obs
