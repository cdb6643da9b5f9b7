// A node is one instance of one service. It owns its series, and one lock guards them all: a batch comes from
// one node, so it takes the lock once, and two nodes never wait for each other.
//
// Thread safety: any thread. Hold at most one NodeWriter at a time.
// Lock order: a node's lock before the store's.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "buffer/series.h"
#include "model/distribution.h"

namespace obs {

class Store;

// Bounds how many series one key may create. Counts series that exist; shared by the streams of one key.
struct SeriesQuota {
  std::string owner;  // the name of the key, never the key
  std::size_t max_series = 0;
  std::atomic<std::size_t> series{0};
};

// Tells running totals of different producers apart. kSharedBaseline: the total outlives its producers.
using BaselineId = std::uint32_t;
inline constexpr BaselineId kSharedBaseline = 0;

enum class Refusal : std::uint8_t {
  kNone,
  kTotalSeriesLimit,  // the store holds its maximum of series
  kKeySeriesLimit,    // the key holds its maximum of series
  kMemoryLimit,
};

enum class ApplyResult : std::uint8_t {
  kApplied,
  kStale,  // a running total older than one already applied: says nothing new, and is no restart
};

// Writes the samples of one batch: holds the node's lock while it lives.
class NodeWriter {
 public:
  // `now_ns`: the time of receipt. History keeps timestamps that lie in the future as now.
  NodeWriter(Node& node, std::int64_t now_ns);
  ~NodeWriter();  // writes what is pending to the metric's ring, and wakes the live view
  NodeWriter(const NodeWriter&) = delete;
  NodeWriter& operator=(const NodeWriter&) = delete;

  // The series of that identity, made if need be. `quota` may be null. Null and the reason if refused.
  SeriesPtr Resolve(std::string_view name, MetricKind kind, const LabelSet& labels,
                    const std::shared_ptr<SeriesQuota>& quota, Refusal* refusal);

  // Timestamps are Unix nanoseconds. Values are finite. `series` is of this node and not retired.
  void SetGauge(Series& series, std::int64_t timestamp_ns, double value);
  // A running total of `baseline`. Growth against that baseline's last total is added to the series' total;
  // a fall at a newer timestamp means a restart from zero.
  ApplyResult SetTotal(Series& series, std::int64_t timestamp_ns, double total, BaselineId baseline);
  void Increment(Series& series, std::int64_t timestamp_ns, double growth);
  void Observe(Series& series, std::int64_t timestamp_ns, double value);
  // A layout of buckets that differs from the series' own starts its distribution anew.
  void MergeDistribution(Series& series, std::int64_t timestamp_ns, const Distribution& distribution);

 private:
  Node& node_;
  std::int64_t now_ns_;
};

}  // namespace obs
