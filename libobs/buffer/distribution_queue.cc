#include "buffer/distribution_queue.h"

#include <vector>

#include "absl/container/inlined_vector.h"

namespace obs {
namespace {

constexpr std::size_t kInlineBytes = 2048;

}  // namespace

void DistributionQueue::PushBack(const DistributionRecord& record) {
  absl::InlinedVector<std::uint8_t, kInlineBytes> packed(MaxRecordBytes(record));
  const std::uint8_t* const end = PutRecord(packed.data(), record, precision_, &back_);
  records_.PushBack({packed.data(), static_cast<std::size_t>(end - packed.data())});
}

void DistributionQueue::PopFront(DistributionRecord* record) {
  std::vector<std::uint8_t> scratch;
  GetRecord(records_.Front(&scratch).data(), precision_, &front_, record);
  records_.PopFront();
}

std::int64_t DistributionQueue::front_us() const {
  std::vector<std::uint8_t> scratch;
  return PeekTimestamp(records_.Front(&scratch).data(), precision_, front_);
}

}  // namespace obs
