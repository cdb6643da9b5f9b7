// Records of a histogram in order of time, compressed: appended at the new end, taken off the old.
//
// Thread safety: a value; const methods may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "buffer/byte_queue.h"
#include "buffer/distribution_codec.h"
#include "buffer/distribution_record.h"

namespace obs {

class DistributionQueue {
 public:
  explicit DistributionQueue(Precision precision) : precision_(precision) {}

  bool empty() const { return bytes_.size() == 0; }
  // The time of the oldest record's oldest slot; not for an empty queue.
  std::int64_t front_us() const { return PeekTimestamp(bytes_.begin(), front_); }

  // `record` is not empty, and not older than what is here.
  void PushBack(const DistributionRecord& record);
  void PopFront(DistributionRecord* record);

  // Calls fn(record), oldest first.
  template <typename Fn>
  void ForEach(Fn&& fn) const {
    DistributionState state = front_;
    DistributionRecord record;
    for (const std::uint8_t* in = bytes_.begin(); in != bytes_.end();) {
      in = GetRecord(in, &state, &record);
      fn(record);
    }
  }

  std::size_t packed_bytes() const { return bytes_.size(); }
  std::size_t HeapBytes() const { return bytes_.HeapBytes(); }

 private:
  Precision precision_;
  DistributionState front_;  // before the oldest record
  DistributionState back_;   // after the newest
  ByteQueue bytes_;
};

}  // namespace obs
