// Records of a histogram in order of time, compressed: appended at the new end, taken off the old.
//
// Thread safety: a value; const methods may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "buffer/byte_chain.h"
#include "buffer/distribution_codec.h"
#include "buffer/distribution_record.h"

namespace obs {

class DistributionQueue {
 public:
  explicit DistributionQueue(Precision precision) : precision_(precision) {}

  bool empty() const { return records_.empty(); }
  // The time of the oldest record's oldest slot; not for an empty queue.
  std::int64_t front_us() const;

  // `record` is not empty, and not older than what is here.
  void PushBack(const DistributionRecord& record);
  void PopFront(DistributionRecord* record);

  // Calls fn(record), oldest first.
  template <typename Fn>
  void ForEach(Fn&& fn) const {
    DistributionState state = front_;
    DistributionRecord record;
    records_.ForEach([&](std::span<const std::uint8_t> packed) {
      GetRecord(packed.data(), precision_, &state, &record);
      fn(record);
    });
  }

  std::size_t packed_bytes() const { return records_.size(); }
  std::size_t HeapBytes() const { return records_.HeapBytes(); }

 private:
  Precision precision_;
  DistributionState front_;  // before the oldest record
  DistributionState back_;   // after the newest
  ByteChain records_;
};

}  // namespace obs
