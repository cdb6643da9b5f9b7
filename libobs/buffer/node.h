// A node is one instance of one service. It owns its series, and one lock guards them all: a batch comes from
// one node, so it takes the lock once, and two nodes never wait for each other.
//
// Thread safety: any thread. Hold at most one NodeWriter at a time.
// Lifetime: whoever holds a node may go on writing to it: the store lets go only of empty nodes that nobody
// holds. The store itself must outlive all writing.
// Lock order: a node's lock before the store's and its parts'.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "base/mutex.h"
#include "buffer/counter_baselines.h"
#include "buffer/refusal_table.h"
#include "buffer/sample_runs.h"
#include "buffer/series.h"
#include "buffer/series_set.h"
#include "buffer/series_snapshot.h"
#include "model/distribution.h"

namespace obs {

class Store;

// Bounds how many series one key may create. Counts series that exist; shared by the streams of one key.
struct SeriesQuota {
  std::string owner;           // the name of the key, never the key
  std::size_t max_series = 0;  // 0: no limit
  std::atomic<std::size_t> series{0};
};

class Node : public std::enable_shared_from_this<Node> {
 public:
  // For Store only, which makes it by GetOrCreateNode().
  Node(Store& store, std::string service, std::string instance);

  const std::string& service() const { return service_; }
  const std::string& instance() const { return instance_; }

 private:
  friend class ChangeFeed;
  friend class NodeWriter;
  friend class Store;

  // When the fate of a series is next to be decided.
  struct Deadline {
    std::int64_t due_ns;
    SeriesPtr series;
    friend bool operator>(const Deadline& a, const Deadline& b) { return a.due_ns > b.due_ns; }
  };

  // ---- Writing ----
  SeriesPtr Resolve(const SeriesKey& key, const std::shared_ptr<SeriesQuota>& quota, std::int64_t now_ns,
                    Refusal* refusal) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Brings a series that had no sample yet, or had expired, into view.
  void Revive(Series& series) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MarkDirty(Series& series) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // A new fine slot begins with a sample at `timestamp_us`: what the series holds now becomes history.
  void BeginSlot(Series& series, std::int64_t timestamp_us) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void InsertLate(Series& series, const Point& point) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CountHistoryBytes(Series& series) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // ---- Expiry ----
  void Sweep(std::int64_t now_ns);
  void PassOver(std::int64_t ns);
  void Expire(Series& series) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Retire(Series& series) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetDeadline(Series& series, std::int64_t due_ns) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // ---- Reading ----
  std::vector<SeriesPtr> AllSeries() const;
  void ReadState(Series& series, std::int64_t now_ns, SeriesState* out);
  void Describe(Series& series, std::int64_t now_ns, SeriesState* out) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Lets observations that are too old leave the window.
  void AdvanceWindow(Series& series, std::int64_t now_ns) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Store& store_;
  const std::string service_;
  const std::string instance_;

  mutable Mutex mutex_;
  SeriesSet series_ ABSL_GUARDED_BY(mutex_);
  std::vector<Deadline> deadlines_ ABSL_GUARDED_BY(mutex_);  // a heap, the earliest on top
  std::vector<Series*> dirty_ ABSL_GUARDED_BY(mutex_);  // watched series that changed since last reported
  bool queued_ ABSL_GUARDED_BY(mutex_) = false;         // in the feed's list of nodes with such series
};

enum class ApplyResult : std::uint8_t {
  kApplied,
  kStale,  // a running total older than one already applied: says nothing new, and is no restart
};

// Writes the samples of one batch: holds the node's lock while it lives.
//
// Timestamps are Unix nanoseconds; one in the future is taken as now. Values are finite. `series` is of this
// node and not retired. A sample older than the newest one of its series:
//   gauge      leaves the newest value as it is, and goes to its place in history
//   counter    counts, at the time of the newest
//   histogram  counts, at the time of the newest
class NodeWriter {
 public:
  // `now_ns`: the time of receipt; `received_ns`: the same as monotonic time.
  NodeWriter(Node& node, std::int64_t now_ns, std::int64_t received_ns);
  // Received now, by the monotonic clock.
  NodeWriter(Node& node, std::int64_t now_ns);
  ~NodeWriter();  // hands changes to the live view, and samples that are still pending to their rings
  NodeWriter(const NodeWriter&) = delete;
  NodeWriter& operator=(const NodeWriter&) = delete;

  // The series of that identity, made if need be. `quota` may be null. Null and the reason if refused.
  // A new series comes into view with its first sample.
  SeriesPtr Resolve(std::string_view name, MetricKind kind, const LabelSet& labels,
                    const std::shared_ptr<SeriesQuota>& quota, Refusal* refusal);

  void SetGauge(Series& series, std::int64_t timestamp_ns, double value);
  // A running total of `baseline`. Growth against that baseline's last total is added to the series' total;
  // a fall at a newer or equal timestamp means a restart from zero.
  ApplyResult SetTotal(Series& series, std::int64_t timestamp_ns, double total, BaselineId baseline);
  void Increment(Series& series, std::int64_t timestamp_ns, double growth);
  void Observe(Series& series, std::int64_t timestamp_ns, double value);
  // A layout of buckets that differs from the series' own starts its distribution anew.
  void MergeDistribution(Series& series, std::int64_t timestamp_ns, const Distribution& distribution);
  // What was observed since the thing that is measured began, whoever says so. Growth against the last such
  // total is merged; a fall or other bounds mean that it began anew.
  ApplyResult MergeRunningTotal(Series& series, std::int64_t timestamp_ns, const ExplicitHistogram& total);

  // Makes the newest state of `series`, which Resolve() gave for the snapshot's identity, that of `snapshot`.
  // What is later than that stays history only.
  void Restore(Series& series, const SeriesSnapshot& snapshot);

 private:
  std::int64_t Micros(std::int64_t timestamp_ns) const;
  void Touch(Series& series);
  void SetCounter(Series& series, std::int64_t timestamp_us, double value);
  // Begins what a histogram's new observations have in common. Returns their time.
  std::int64_t TouchHistogram(Series& series, std::int64_t timestamp_ns);
  void Record(const Series& series, std::int64_t timestamp_ns, double value) {
    runs_.Add(*series.ring_, {series.id_, timestamp_ns, value});
  }

  Node& node_;
  const std::int64_t now_ns_;
  const std::int64_t received_ns_;  // monotonic
  SampleRuns runs_;
};

}  // namespace obs
