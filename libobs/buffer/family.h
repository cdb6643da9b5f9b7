// A family is all series of one metric name, whatever their kind, node and labels, with the ring of their raw
// samples.
//
// Thread safety: any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "base/mutex.h"
#include "buffer/memory_meter.h"
#include "buffer/ring_buffer.h"
#include "buffer/series.h"

namespace obs {

class Family {
 public:
  Family(std::string name, std::size_t ring_capacity, std::shared_ptr<MemoryMeter> memory);

  const std::string& name() const { return name_; }
  // Samples of gauges and counters as they came; of histograms each observation, or a distribution's count.
  RingBuffer& ring() { return ring_; }
  const RingBuffer& ring() const { return ring_; }

  // Series that have not expired, in order of creation.
  std::vector<SeriesPtr> Series() const;

 private:
  friend class FamilyRegistry;
  friend class Store;
  void Add(const SeriesPtr& series);
  void Remove(const obs::Series& series);
  void Clear();

  const std::string name_;
  RingBuffer ring_;
  mutable Mutex mutex_;
  absl::btree_map<std::uint64_t, SeriesPtr> series_ ABSL_GUARDED_BY(mutex_);  // by id
};

}  // namespace obs
