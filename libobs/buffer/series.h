// One series: its identity, its newest state and its history. Owned by its Node, shared with whoever caches
// it.
//
// Thread safety: methods here may be called from any thread without a lock. All else about a series is behind
// its node's lock: see node.h.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

#include "buffer/counter_baselines.h"
#include "buffer/histogram_series.h"
#include "buffer/point_history.h"
#include "model/histogram_state.h"
#include "model/series_identity.h"

namespace obs {

class Family;
class Node;
class RingBuffer;
struct SeriesQuota;

// The newest state of a series.
struct SeriesState {
  std::int64_t timestamp_us = 0;  // Unix time of the newest sample
  std::uint64_t version = 0;      // grows with each change of this series
  double value = 0;               // gauge: the value; counter: the running total
  HistogramState histogram;       // histograms only
};

class Series : public std::enable_shared_from_this<Series> {
 public:
  // For Node only, which makes it by Resolve().
  Series(std::uint64_t id, SeriesIdentity identity, std::shared_ptr<Node> node,
         std::shared_ptr<Family> family, std::shared_ptr<SeriesQuota> quota);

  // Unique in this process; never used again.
  std::uint64_t id() const { return id_; }
  const SeriesIdentity& identity() const { return identity_; }
  const Family& family() const { return *family_; }

  // Gauge or counter: the newest value, and its time. Each is whole; they may be of two neighbouring samples.
  double value() const { return value_.load(std::memory_order_relaxed); }
  std::int64_t timestamp_us() const { return timestamp_us_.load(std::memory_order_relaxed); }

  // Fetches into the cache what the next sample will touch: worth it a few samples ahead.
  void Prefetch() const {
    __builtin_prefetch(&ring_, 1);
    __builtin_prefetch(&baselines_, 1);
  }

  // True before its first sample, and once not updated for its TTL: it is not in the live view and /metrics,
  // and only its history remains. A new sample brings it back.
  bool expired() const { return expired_.load(std::memory_order_relaxed); }
  // True once the store has let go of it: whoever caches it must resolve it again.
  bool retired() const { return retired_.load(std::memory_order_acquire); }

 private:
  friend class ChangeFeed;
  friend class Node;
  friend class NodeWriter;
  friend class Store;

  static constexpr std::size_t kCacheLineBytes = 64;
  static constexpr std::int64_t kNoSlot = std::numeric_limits<std::int64_t>::min();

  // Heap bytes of what never changes, and of what does.
  std::size_t FixedBytes() const;
  std::size_t HistoryBytes() const;

  const std::shared_ptr<Node> node_;
  const std::shared_ptr<Family> family_;
  const std::shared_ptr<SeriesQuota> quota_;  // may be null

  // ---- What every sample touches: two cache lines ----
  alignas(kCacheLineBytes) RingBuffer* const ring_;  // the family's
  const std::uint64_t id_;
  // Written under the node's lock, read from anywhere.
  std::atomic<double> value_{0};
  std::atomic<std::int64_t> timestamp_us_{0};
  std::atomic<bool> expired_{true};
  std::atomic<bool> retired_{false};
  // Guarded by the change feed's lock. They fill a gap.
  bool announced_ = false;  // the consumer knows it
  bool queued_ = false;     // in the feed's list
  // From here on guarded by the node's lock.
  bool watched_ = false;
  bool dirty_ = false;               // in the node's list of changes
  bool window_is_followed_ = false;  // in the feed's list of windows that observations leave
  bool window_moved_ = false;        // observations left it since last reported
  // The newest sample is not in history_ before its fine slot ends.
  std::int64_t slot_end_us_ = kNoSlot;
  std::uint64_t version_ = 0;
  std::int64_t updated_ns_ = 0;  // monotonic time of the newest sample's receipt
  CounterBaselines baselines_;

  // ---- The rest ----
  std::int64_t deadline_ns_ = 0;   // when the node looks whether it expired or can be forgotten
  std::size_t counted_bytes_ = 0;  // what the memory meter holds for history
  PointHistory history_;
  std::unique_ptr<HistogramSeries> histogram_;  // histograms only
  const SeriesIdentity identity_;
};

using SeriesPtr = std::shared_ptr<Series>;

}  // namespace obs
