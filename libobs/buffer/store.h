// All that the aggregator knows: nodes, their series, and for each metric name a family with its ring of raw
// samples.
//
// Thread safety: any thread, but for the Take...() and DrainChanges() feed, which has one consumer: the live
// hub.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "buffer/change_feed.h"
#include "buffer/family_registry.h"
#include "buffer/memory_meter.h"
#include "buffer/node.h"
#include "buffer/node_set.h"
#include "buffer/refusal_table.h"
#include "buffer/series.h"
#include "buffer/series_snapshot.h"

namespace obs {

struct StoreOptions {
  std::size_t max_series = 1'000'000;
  std::uint64_t memory_limit_bytes = 0;  // 0: none
  std::size_t ring_capacity = 65536;     // samples a metric name
  std::int64_t series_ttl_ns = 300 * kNanosPerSecond;
  std::int64_t history_ns = 900 * kNanosPerSecond;  // at coarse_ns
  std::int64_t coarse_ns = kNanosPerSecond;
  std::int64_t fine_history_ns = 60 * kNanosPerSecond;  // the newest part, at fine_ns
  std::int64_t fine_ns = 100 * kNanosPerMilli;
  std::int64_t window_ns = 10 * kNanosPerSecond;  // sliding window of histograms
};

// One point of a series' history, with the time of the newest sample in it.
struct HistoryPoint {
  std::int64_t timestamp_us = 0;
  double value = 0;          // gauges and counters
  HistogramState histogram;  // histograms: running totals then, and the sliding window that ended then
};

struct StoreStats {
  std::size_t nodes = 0;
  std::size_t series = 0;          // live ones
  std::size_t expired_series = 0;  // and those still without a sample
  std::uint64_t memory_bytes = 0;  // estimate of what series, history and rings hold
  std::uint64_t series_created = 0;
  std::uint64_t series_expired = 0;
  // Series refused, by who asked and for which metric; the most refused first, at most 20.
  using Refused = RefusedSeries;
  std::vector<Refused> refused;
};

class Store {
 public:
  Store(StoreOptions options, const Clock& clock);
  ~Store();

  const StoreOptions& options() const { return options_; }

  // ---- Writing ----
  // The node, made if need be. It lives at least as long as the returned pointer.
  std::shared_ptr<Node> GetOrCreateNode(std::string_view service, std::string_view instance);
  // Null if there is none.
  std::shared_ptr<Node> FindNode(std::string_view service, std::string_view instance) const;

  // Expires series whose TTL ran out, and forgets those whose history ran out. Call about once a second.
  void Sweep() { Sweep(clock_.MonotonicNanos()); }
  // The same, as of a monotonic time: for who writes what was received before.
  void Sweep(std::int64_t now_ns);

  // ---- Reading ----
  // Calls `fn` for every series that has not expired (or all that have history). No order. `fn` may call
  // Read...().
  void ForEachSeries(bool include_expired, const std::function<void(const SeriesPtr&)>& fn) const;
  void ReadState(const Series& series, SeriesState* out) const;
  // Points with since_us < timestamp <= until_us, oldest first: at the finest resolution there is, or one
  // point for each `step_us` if above 0.
  void ReadHistory(const Series& series, std::int64_t since_us, std::int64_t until_us, std::int64_t step_us,
                   const std::function<void(const HistoryPoint&)>& fn) const;
  // The histogram's distribution since the series began, for exposition.
  void ReadDistribution(const Series& series, Distribution* out) const;

  // As if the last `ns` of monotonic time had not passed: no series expires for them.
  void PassOver(std::int64_t ns);

  // ---- Saving, see NodeWriter::Restore() ----
  std::vector<std::shared_ptr<Node>> Nodes() const;
  // The series of `node` that have had a sample, expired ones too. No order.
  std::vector<SeriesPtr> SeriesOf(const Node& node) const;
  SeriesSnapshot Save(const Series& series) const;

  // Families in order of name; each is alive as long as its pointer. Changes whenever structure_version()
  // does.
  std::vector<std::shared_ptr<Family>> Families() const { return families_.All(); }
  std::uint64_t structure_version() const { return structure_version_.load(std::memory_order_acquire); }
  StoreStats Stats() const;

  // ---- The live view's feed: one consumer ----
  // Only a watched series is reported by DrainChanges(); an unwatched one costs nothing.
  void SetWatched(const SeriesPtr& series, bool watched);
  // Series made, or brought back after expiry, since the last call.
  std::vector<SeriesPtr> TakeCreated();
  // Series expired since the last call.
  std::vector<SeriesPtr> TakeExpired();
  // Calls `fn` once for every watched series that changed since the last call, with its newest state. A
  // histogram also changes when old observations leave its window. `state` is reused between calls. `fn` runs
  // without locks.
  void DrainChanges(const std::function<void(const SeriesPtr&, const SeriesState& state)>& fn);

 private:
  friend class Node;
  friend class NodeWriter;

  // ---- For nodes, which call these under their own lock ----
  const Clock& clock() const { return clock_; }
  const HistoryTiers& tiers() const { return tiers_; }
  MemoryMeter& memory() { return *memory_; }
  ChangeFeed& feed() { return feed_; }
  // How long after its last sample a series is forgotten.
  std::int64_t retire_after_ns() const;
  // Takes up room for one series, or says why not.
  Refusal Admit(std::string_view metric, SeriesQuota* quota);
  SeriesPtr NewSeries(Node& node, const SeriesKey& key, const std::shared_ptr<SeriesQuota>& quota);
  void OnVisible(const SeriesPtr& series);
  void OnExpired(const SeriesPtr& series);
  void OnRetired(const Series& series);

  void ReadPointHistory(const Series& series, std::int64_t since_us, std::int64_t until_us,
                        std::int64_t step_us, const std::function<void(const HistoryPoint&)>& fn) const;
  void ReadHistogramHistory(const Series& series, std::int64_t since_us, std::int64_t until_us,
                            std::int64_t step_us, const std::function<void(const HistoryPoint&)>& fn) const;
  void DropUnusedNodes();

  const StoreOptions options_;
  const Clock& clock_;
  const HistoryTiers tiers_;
  const std::shared_ptr<MemoryMeter> memory_;
  FamilyRegistry families_;
  ChangeFeed feed_;
  RefusalTable refusals_;

  std::atomic<std::uint64_t> next_series_id_{1};
  std::atomic<std::uint64_t> structure_version_{1};
  std::atomic<std::size_t> series_{0};  // all that exist, expired ones too
  std::atomic<std::size_t> visible_{0};
  std::atomic<std::uint64_t> created_total_{0};
  std::atomic<std::uint64_t> expired_total_{0};

  mutable Mutex mutex_;
  NodeSet nodes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace obs
