#include "buffer/node.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "buffer/family.h"
#include "buffer/store.h"

namespace obs {

Node::Node(Store& store, std::string service, std::string instance)
    : store_(store), service_(std::move(service)), instance_(std::move(instance)) {}

SeriesPtr Node::Resolve(const SeriesKey& key, const std::shared_ptr<SeriesQuota>& quota, std::int64_t now_ns,
                        Refusal* refusal) {
  *refusal = Refusal::kNone;
  const auto found = series_.find(key);
  if (found != series_.end()) return *found;

  *refusal = store_.Admit(key.name, quota.get());
  if (*refusal != Refusal::kNone) return nullptr;
  const SeriesPtr series = store_.NewSeries(*this, key, quota);
  series->updated_ns_ = now_ns;
  series_.insert(series);
  // When its first sample may expire: that then needs no second deadline.
  SetDeadline(*series, now_ns + store_.options().series_ttl_ns);
  return series;
}

void Node::Revive(Series& series) {
  series.expired_.store(false, std::memory_order_relaxed);
  const std::int64_t due_ns = series.updated_ns_ + store_.options().series_ttl_ns;
  if (due_ns < series.deadline_ns_) SetDeadline(series, due_ns);
  store_.OnVisible(series.shared_from_this());
}

void Node::MarkDirty(Series& series) {
  series.dirty_ = true;
  dirty_.push_back(&series);
}

void Node::BeginSlot(Series& series, std::int64_t timestamp_us) {
  const HistoryTiers& tiers = store_.tiers();
  const bool is_first = series.slot_end_us_ == Series::kNoSlot;
  series.slot_end_us_ = tiers.FineSlotEnd(timestamp_us);
  if (is_first) return;
  // Where there is no more memory, history forgets as much as it learns.
  const bool is_full = store_.memory().is_full();
  if (series.histogram_ != nullptr) {
    HistogramSeries& histogram = *series.histogram_;
    const std::size_t bytes_before = histogram.history().packed_bytes();
    histogram.BeginSlot();
    histogram.EndWindowAt(tiers, series.timestamp_us());
    const std::size_t bytes = histogram.history().packed_bytes();
    if (is_full && bytes > bytes_before) histogram.Shed(bytes - bytes_before);
  } else {
    const std::size_t bytes_before = series.history_.packed_bytes();
    series.history_.Push(tiers, {series.timestamp_us(), series.value()});
    const std::size_t bytes = series.history_.packed_bytes();
    if (is_full && bytes > bytes_before) series.history_.Shed(bytes - bytes_before);
  }
  CountHistoryBytes(series);
}

void Node::InsertLate(Series& series, const Point& point) {
  const HistoryTiers& tiers = store_.tiers();
  const bool is_superseded = point.timestamp_us >= series.slot_end_us_ - tiers.fine_us;
  const bool is_forgotten = point.timestamp_us <= series.timestamp_us() - tiers.span_us;
  if (is_superseded || is_forgotten) return;
  series.history_.InsertLate(tiers, point);
  CountHistoryBytes(series);
}

void Node::CountHistoryBytes(Series& series) {
  const std::size_t bytes = series.HistoryBytes();
  if (bytes == series.counted_bytes_) return;
  store_.memory().Add(static_cast<std::int64_t>(bytes) - static_cast<std::int64_t>(series.counted_bytes_));
  series.counted_bytes_ = bytes;
}

void Node::SetDeadline(Series& series, std::int64_t due_ns) {
  series.deadline_ns_ = due_ns;
  deadlines_.push_back({due_ns, series.shared_from_this()});
  std::ranges::push_heap(deadlines_, std::greater{});
}

// Each series is looked at when its deadline comes, not at every sweep. Since a sample does not move the
// deadline, a series that was updated meanwhile merely gets a later one.
void Node::Sweep(std::int64_t now_ns) {
  MutexLock lock(mutex_);
  while (!deadlines_.empty() && deadlines_.front().due_ns <= now_ns) {
    std::ranges::pop_heap(deadlines_, std::greater{});
    const Deadline deadline = std::move(deadlines_.back());
    deadlines_.pop_back();
    Series& series = *deadline.series;
    if (series.retired() || deadline.due_ns != series.deadline_ns_) continue;  // replaced by another

    const std::int64_t ttl_ns = store_.options().series_ttl_ns;
    if (!series.expired() && now_ns >= series.updated_ns_ + ttl_ns) Expire(series);
    const std::int64_t due_ns = series.updated_ns_ + (series.expired() ? store_.retire_after_ns() : ttl_ns);
    if (due_ns > now_ns) {
      SetDeadline(series, due_ns);
    } else {
      Retire(series);
    }
  }
}

// All deadlines move by the same time, so their order stays.
void Node::PassOver(std::int64_t ns) {
  MutexLock lock(mutex_);
  for (const SeriesPtr& series : series_) {
    series->updated_ns_ += ns;
    series->deadline_ns_ += ns;
    series->baselines_.Shift(ns);
  }
  for (Deadline& deadline : deadlines_) deadline.due_ns += ns;
}

void Node::Expire(Series& series) {
  series.expired_.store(true, std::memory_order_relaxed);
  store_.OnExpired(series.shared_from_this());
}

void Node::Retire(Series& series) {
  const SeriesPtr keep_alive = series.shared_from_this();
  if (series.dirty_) std::erase(dirty_, &series);
  series.retired_.store(true, std::memory_order_release);
  series_.erase(keep_alive);
  store_.OnRetired(series);
}

std::vector<SeriesPtr> Node::AllSeries() const {
  MutexLock lock(mutex_);
  return {series_.begin(), series_.end()};
}

void Node::ReadState(Series& series, std::int64_t now_ns, SeriesState* out) {
  MutexLock lock(mutex_);
  Describe(series, now_ns, out);
}

void Node::Describe(Series& series, std::int64_t now_ns, SeriesState* out) {
  if (series.histogram_ != nullptr) {
    AdvanceWindow(series, now_ns);
    series.histogram_->Read(&out->histogram);
  }
  out->timestamp_us = series.timestamp_us();
  out->version = series.version_;
  out->value = series.value();
}

// The window ends now, by the clock of whoever measured: as long after the newest sample as that was received
// ago.
void Node::AdvanceWindow(Series& series, std::int64_t now_ns) {
  const std::int64_t silent_us = (now_ns - series.updated_ns_) / kNanosPerMicro;
  if (!series.histogram_->EndWindowAt(store_.tiers(), series.timestamp_us() + silent_us)) return;
  ++series.version_;
  series.window_moved_ = true;
}

}  // namespace obs
