#include <algorithm>
#include <optional>

#include "buffer/node.h"
#include "buffer/store.h"

namespace obs {

NodeWriter::NodeWriter(Node& node, std::int64_t now_ns)
    : NodeWriter(node, now_ns, node.store_.clock().MonotonicNanos()) {}

NodeWriter::NodeWriter(Node& node, std::int64_t now_ns,
                       std::int64_t received_ns) ABSL_NO_THREAD_SAFETY_ANALYSIS : node_(node),
                                                                                  now_ns_(now_ns),
                                                                                  received_ns_(received_ns) {
  node_.mutex_.lock();
}

NodeWriter::~NodeWriter() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  runs_.Flush();
  if (!node_.dirty_.empty() && !node_.queued_) {
    node_.queued_ = true;
    node_.store_.feed().AddChangedNode(node_.shared_from_this());
  }
  node_.mutex_.unlock();
}

SeriesPtr NodeWriter::Resolve(std::string_view name, MetricKind kind, const LabelSet& labels,
                              const std::shared_ptr<SeriesQuota>& quota, Refusal* refusal) {
  node_.mutex_.AssertHeld();
  return node_.Resolve(SeriesKey{name, kind, &labels}, quota, received_ns_, refusal);
}

void NodeWriter::SetGauge(Series& series, std::int64_t timestamp_ns, double value) {
  node_.mutex_.AssertHeld();
  Touch(series);
  Record(series, timestamp_ns, value);
  std::int64_t timestamp_us = Micros(timestamp_ns);
  if (timestamp_us < series.timestamp_us()) [[unlikely]] {
    if (series.timestamp_us() <= now_ns_ / kNanosPerMicro) {
      node_.InsertLate(series, {timestamp_us, value});
      return;
    }
    timestamp_us = series.timestamp_us();  // our clock was set back
  }
  if (timestamp_us >= series.slot_end_us_) node_.BeginSlot(series, timestamp_us);
  series.timestamp_us_.store(timestamp_us, std::memory_order_relaxed);
  series.value_.store(value, std::memory_order_relaxed);
}

ApplyResult NodeWriter::SetTotal(Series& series, std::int64_t timestamp_ns, double total,
                                 BaselineId baseline) {
  const std::optional<double> value = series.baselines_.Apply(
      series.value(), baseline, std::min(timestamp_ns, now_ns_), total, now_ns_, received_ns_);
  if (!value) return ApplyResult::kStale;
  Touch(series);
  Record(series, timestamp_ns, total);
  SetCounter(series, Micros(timestamp_ns), *value);
  return ApplyResult::kApplied;
}

void NodeWriter::Increment(Series& series, std::int64_t timestamp_ns, double growth) {
  Touch(series);
  const double value = series.value() + growth;
  Record(series, timestamp_ns, value);
  SetCounter(series, Micros(timestamp_ns), value);
}

void NodeWriter::Observe(Series& series, std::int64_t timestamp_ns, double value) {
  Record(series, timestamp_ns, value);
  const std::int64_t timestamp_us = TouchHistogram(series, timestamp_ns);
  series.histogram_->Observe(timestamp_us, value);
}

void NodeWriter::MergeDistribution(Series& series, std::int64_t timestamp_ns,
                                   const Distribution& distribution) {
  Record(series, timestamp_ns, static_cast<double>(CountOf(distribution)));
  const std::int64_t timestamp_us = TouchHistogram(series, timestamp_ns);
  series.histogram_->Merge(timestamp_us, distribution);
}

ApplyResult NodeWriter::MergeRunningTotal(Series& series, std::int64_t timestamp_ns,
                                          const ExplicitHistogram& total) {
  node_.mutex_.AssertHeld();
  const auto growth = series.histogram_->TakeTotal(Micros(timestamp_ns), total, now_ns_ / kNanosPerMicro);
  if (!growth) return ApplyResult::kStale;
  MergeDistribution(series, timestamp_ns, *growth);
  return ApplyResult::kApplied;
}

void NodeWriter::Restore(Series& series, const SeriesSnapshot& snapshot) {
  node_.mutex_.AssertHeld();
  series.updated_ns_ = snapshot.updated_ns;
  ++series.version_;
  if (series.expired()) node_.Revive(series);
  if (series.watched_ && !series.dirty_) node_.MarkDirty(series);
  if (snapshot.timestamp_us >= series.slot_end_us_) node_.BeginSlot(series, snapshot.timestamp_us);
  series.timestamp_us_.store(std::max(snapshot.timestamp_us, series.timestamp_us()),
                             std::memory_order_relaxed);
  series.value_.store(snapshot.value, std::memory_order_relaxed);
  series.baselines_.Restore(snapshot.baselines);
  if (series.histogram_ != nullptr && snapshot.histogram) {
    series.histogram_->RestoreTotals(*snapshot.histogram);
  }
  node_.CountHistoryBytes(series);
}

std::int64_t NodeWriter::Micros(std::int64_t timestamp_ns) const {
  return std::min(timestamp_ns, now_ns_) / kNanosPerMicro;
}

void NodeWriter::Touch(Series& series) {
  node_.mutex_.AssertHeld();
  series.updated_ns_ = received_ns_;
  ++series.version_;
  if (series.expired()) [[unlikely]]
    node_.Revive(series);
  if (series.watched_ && !series.dirty_) node_.MarkDirty(series);
}

void NodeWriter::SetCounter(Series& series, std::int64_t timestamp_us, double value) {
  node_.mutex_.AssertHeld();
  timestamp_us = std::max(timestamp_us, series.timestamp_us());
  if (timestamp_us >= series.slot_end_us_) node_.BeginSlot(series, timestamp_us);
  series.timestamp_us_.store(timestamp_us, std::memory_order_relaxed);
  series.value_.store(value, std::memory_order_relaxed);
}

std::int64_t NodeWriter::TouchHistogram(Series& series, std::int64_t timestamp_ns) {
  Touch(series);
  node_.mutex_.AssertHeld();
  const std::int64_t timestamp_us = std::max(Micros(timestamp_ns), series.timestamp_us());
  if (timestamp_us >= series.slot_end_us_) node_.BeginSlot(series, timestamp_us);
  series.timestamp_us_.store(timestamp_us, std::memory_order_relaxed);
  return timestamp_us;
}

}  // namespace obs
