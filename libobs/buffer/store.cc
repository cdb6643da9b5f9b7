#include "buffer/store.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "buffer/histogram_reader.h"

namespace obs {
namespace {

constexpr std::size_t kMaxRefusedReported = 20;
// With its place in the set.
constexpr std::int64_t kNodeBytes = sizeof(Node) + 128;

HistoryTiers TiersOf(const StoreOptions& options) {
  return {
      .fine_us = std::max(options.fine_ns / kNanosPerMicro, std::int64_t{1}),
      .fine_span_us = options.fine_history_ns / kNanosPerMicro,
      .coarse_us = std::max(options.coarse_ns / kNanosPerMicro, std::int64_t{1}),
      .span_us = options.history_ns / kNanosPerMicro,
      .window_us = options.window_ns / kNanosPerMicro,
  };
}

}  // namespace

Store::Store(StoreOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      tiers_(TiersOf(options_)),
      memory_(std::make_shared<MemoryMeter>(options_.memory_limit_bytes)),
      families_(options_.ring_capacity, memory_) {}

// Series hold their node, which holds them.
Store::~Store() {
  MutexLock lock(mutex_);
  for (const auto& node : nodes_) {
    MutexLock node_lock(node->mutex_);
    node->series_.clear();
    node->deadlines_.clear();
  }
}

// ---- Writing ----

std::shared_ptr<Node> Store::GetOrCreateNode(std::string_view service, std::string_view instance) {
  MutexLock lock(mutex_);
  const auto found = nodes_.find(NodeKey{service, instance});
  if (found != nodes_.end()) return *found;
  memory_->Add(kNodeBytes);
  return *nodes_.insert(std::make_shared<Node>(*this, std::string(service), std::string(instance))).first;
}

std::shared_ptr<Node> Store::FindNode(std::string_view service, std::string_view instance) const {
  MutexLock lock(mutex_);
  const auto found = nodes_.find(NodeKey{service, instance});
  return found != nodes_.end() ? *found : nullptr;
}

std::int64_t Store::retire_after_ns() const {
  return std::max(options_.series_ttl_ns, options_.history_ns);
}

Refusal Store::Admit(std::string_view metric, SeriesQuota* quota) {
  Refusal refusal = Refusal::kNone;
  if (memory_->is_short()) {
    refusal = Refusal::kMemoryLimit;
  } else if (series_.fetch_add(1, std::memory_order_relaxed) >= options_.max_series) {
    series_.fetch_sub(1, std::memory_order_relaxed);
    refusal = Refusal::kTotalSeriesLimit;
  } else if (quota != nullptr && quota->series.fetch_add(1, std::memory_order_relaxed) >= quota->max_series &&
             quota->max_series != 0) {
    quota->series.fetch_sub(1, std::memory_order_relaxed);
    series_.fetch_sub(1, std::memory_order_relaxed);
    refusal = Refusal::kKeySeriesLimit;
  }
  if (refusal != Refusal::kNone) refusals_.Count(metric, quota == nullptr ? "" : quota->owner, refusal);
  return refusal;
}

SeriesPtr Store::NewSeries(Node& node, const SeriesKey& key, const std::shared_ptr<SeriesQuota>& quota) {
  SeriesIdentity identity{.name = std::string(key.name),
                          .kind = key.kind,
                          .service = node.service(),
                          .instance = node.instance(),
                          .labels = *key.labels};
  auto series =
      std::make_shared<Series>(next_series_id_.fetch_add(1, std::memory_order_relaxed), std::move(identity),
                               node.shared_from_this(), families_.GetOrCreate(key.name), quota);
  memory_->Add(static_cast<std::int64_t>(series->FixedBytes()));
  return series;
}

void Store::OnVisible(const SeriesPtr& series) {
  series->family_->Add(series);
  visible_.fetch_add(1, std::memory_order_relaxed);
  created_total_.fetch_add(1, std::memory_order_relaxed);
  feed_.SeriesChanged(series);
  structure_version_.fetch_add(1, std::memory_order_release);
}

void Store::OnExpired(const SeriesPtr& series) {
  series->family_->Remove(*series);
  visible_.fetch_sub(1, std::memory_order_relaxed);
  expired_total_.fetch_add(1, std::memory_order_relaxed);
  feed_.SeriesChanged(series);
  structure_version_.fetch_add(1, std::memory_order_release);
}

void Store::OnRetired(const Series& series) {
  memory_->Add(-static_cast<std::int64_t>(series.FixedBytes() + series.counted_bytes_));
  series_.fetch_sub(1, std::memory_order_relaxed);
  if (series.quota_ != nullptr) series.quota_->series.fetch_sub(1, std::memory_order_relaxed);
  structure_version_.fetch_add(1, std::memory_order_release);
}

// ---- Expiry ----

void Store::Sweep(std::int64_t now_ns) {
  const std::size_t series_before = series_.load(std::memory_order_relaxed);
  for (const auto& node : Nodes()) node->Sweep(now_ns);
  if (series_.load(std::memory_order_relaxed) < series_before) feed_.DropUnheard();
  DropUnusedNodes();
  families_.DropUnused();
}

void Store::PassOver(std::int64_t ns) {
  for (const auto& node : Nodes()) node->PassOver(ns);
}

// As in FamilyRegistry::DropUnused().
void Store::DropUnusedNodes() {
  MutexLock lock(mutex_);
  for (auto it = nodes_.begin(); it != nodes_.end();) {
    if (it->use_count() > 1) {
      ++it;
      continue;
    }
    memory_->Add(-kNodeBytes);
    nodes_.erase(it++);
  }
}

std::vector<std::shared_ptr<Node>> Store::Nodes() const {
  MutexLock lock(mutex_);
  return {nodes_.begin(), nodes_.end()};
}

// ---- Reading ----

void Store::ForEachSeries(bool include_expired, const std::function<void(const SeriesPtr&)>& fn) const {
  for (const auto& node : Nodes()) {
    for (const SeriesPtr& series : node->AllSeries()) {
      if (include_expired || !series->expired()) fn(series);
    }
  }
}

void Store::ReadState(const Series& series, SeriesState* out) const {
  series.node_->ReadState(const_cast<Series&>(series), clock_.MonotonicNanos(), out);
}

void Store::ReadHistory(const Series& series, std::int64_t since_us, std::int64_t until_us,
                        std::int64_t step_us, const std::function<void(const HistoryPoint&)>& fn) const {
  if (series.histogram_ != nullptr) {
    ReadHistogramHistory(series, since_us, until_us, step_us, fn);
  } else {
    ReadPointHistory(series, since_us, until_us, step_us, fn);
  }
}

// Under the lock history is only copied, which is quick as it is compressed.
void Store::ReadPointHistory(const Series& series, std::int64_t since_us, std::int64_t until_us,
                             std::int64_t step_us, const std::function<void(const HistoryPoint&)>& fn) const {
  PointHistory history;
  Point newest;
  {
    MutexLock lock(series.node_->mutex_);
    if (series.version_ == 0) return;
    history = series.history_;
    newest = {series.timestamp_us(), series.value()};
  }
  std::vector<Point> points = history.Points(tiers_);
  points.push_back(newest);
  HistoryPoint out;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const std::int64_t time_us = points[i].timestamp_us;
    if (time_us <= since_us || time_us > until_us) continue;
    const bool has_next = i + 1 < points.size() && points[i + 1].timestamp_us <= until_us;
    if (step_us > 0 && has_next && points[i + 1].timestamp_us / step_us == time_us / step_us) continue;
    out.timestamp_us = time_us;
    out.value = points[i].value;
    fn(out);
  }
}

void Store::ReadHistogramHistory(const Series& series, std::int64_t since_us, std::int64_t until_us,
                                 std::int64_t step_us,
                                 const std::function<void(const HistoryPoint&)>& fn) const {
  std::optional<HistogramReader> reader;
  {
    MutexLock lock(series.node_->mutex_);
    reader.emplace(*series.histogram_);
  }
  HistoryPoint out;
  reader->ForEach(tiers_, since_us, until_us, step_us, [&](std::int64_t timestamp_us, HistogramState& state) {
    out.timestamp_us = timestamp_us;
    std::swap(out.histogram, state);
    fn(out);
    std::swap(out.histogram, state);
  });
}

void Store::ReadDistribution(const Series& series, Distribution* out) const {
  MutexLock lock(series.node_->mutex_);
  if (series.histogram_ != nullptr) *out = series.histogram_->total();
}

std::vector<SeriesPtr> Store::SeriesOf(const Node& node) const {
  std::vector<SeriesPtr> series = node.AllSeries();
  MutexLock lock(node.mutex_);
  std::erase_if(series, [](const SeriesPtr& each) { return each->slot_end_us_ == Series::kNoSlot; });
  return series;
}

SeriesSnapshot Store::Save(const Series& series) const {
  const SeriesIdentity& identity = series.identity();
  SeriesSnapshot snapshot{.name = identity.name, .kind = identity.kind, .labels = identity.labels};
  if (series.quota_ != nullptr) snapshot.owner = series.quota_->owner;
  MutexLock lock(series.node_->mutex_);
  snapshot.timestamp_us = series.timestamp_us();
  snapshot.updated_ns = series.updated_ns_;
  snapshot.value = series.value();
  const auto baselines = series.baselines_.all();
  snapshot.baselines.assign(baselines.begin(), baselines.end());
  if (series.histogram_ != nullptr) snapshot.histogram = series.histogram_->SaveTotals();
  return snapshot;
}

StoreStats Store::Stats() const {
  StoreStats stats;
  {
    MutexLock lock(mutex_);
    stats.nodes = nodes_.size();
  }
  stats.series = visible_.load(std::memory_order_relaxed);
  stats.expired_series = series_.load(std::memory_order_relaxed) - stats.series;
  stats.memory_bytes = memory_->bytes();
  stats.series_created = created_total_.load(std::memory_order_relaxed);
  stats.series_expired = expired_total_.load(std::memory_order_relaxed);
  stats.refused = refusals_.Most(kMaxRefusedReported);
  return stats;
}

// ---- The live view's feed ----

void Store::SetWatched(const SeriesPtr& series, bool watched) {
  MutexLock lock(series->node_->mutex_);
  if (std::exchange(series->watched_, watched) == watched || series->histogram_ == nullptr) return;
  series->histogram_->FollowWindow(watched);
  series->node_->CountHistoryBytes(*series);
  // The window may lose observations without any new sample.
  if (!watched || series->histogram_->window_empty()) return;
  if (!std::exchange(series->window_is_followed_, true)) feed_.FollowWindow(series);
}

std::vector<SeriesPtr> Store::TakeCreated() {
  return feed_.TakeCreated();
}

std::vector<SeriesPtr> Store::TakeExpired() {
  return feed_.TakeExpired();
}

void Store::DrainChanges(const std::function<void(const SeriesPtr&, const SeriesState& state)>& fn) {
  feed_.Drain(clock_.MonotonicNanos(), fn);
}

}  // namespace obs
