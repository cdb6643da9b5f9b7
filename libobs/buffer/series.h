// One series: its identity, its newest state and its history. Owned by its Node, shared with whoever caches
// it.
//
// Thread safety: methods here may be called from any thread without a lock. All else about a series is behind
// its node's lock: see node.h.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "model/histogram_state.h"
#include "model/series_identity.h"

namespace obs {

class Family;
class Node;

// The newest state of a series.
struct SeriesState {
  std::int64_t timestamp_us = 0;  // Unix time of the newest sample
  std::uint64_t version = 0;      // grows with each change of this series
  double value = 0;               // gauge: the value; counter: the running total
  HistogramState histogram;       // histograms only
};

class Series {
 public:
  // Unique in this process; never used again.
  std::uint64_t id() const { return id_; }
  const SeriesIdentity& identity() const { return identity_; }
  const Family& family() const { return *family_; }

  // Gauge or counter: the newest value, and its time. Each is whole; they may be of two neighbouring samples.
  double value() const { return value_.load(std::memory_order_relaxed); }
  std::int64_t timestamp_us() const { return timestamp_us_.load(std::memory_order_relaxed); }

  // True once not updated for its TTL: it has left the live view and /metrics, and only its history remains.
  // A new sample brings it back.
  bool expired() const { return expired_.load(std::memory_order_relaxed); }
  // True once the store has let go of it: whoever caches it must resolve it again.
  bool retired() const { return retired_.load(std::memory_order_acquire); }

 private:
  friend class Node;
  friend class Store;
  // Implementation: state guarded by the node's lock.
  std::uint64_t id_ = 0;
  SeriesIdentity identity_;
  std::shared_ptr<Family> family_;
  std::atomic<double> value_{0};
  std::atomic<std::int64_t> timestamp_us_{0};
  std::atomic<bool> expired_{false};
  std::atomic<bool> retired_{false};
  std::atomic<bool> watched_{false};
};

using SeriesPtr = std::shared_ptr<Series>;

}  // namespace obs
