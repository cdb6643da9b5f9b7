#include "buffer/distribution_queue.h"

#include "absl/container/inlined_vector.h"

namespace obs {
namespace {

constexpr std::size_t kInlineBytes = 2048;

}  // namespace

void DistributionQueue::PushBack(const DistributionRecord& record) {
  // Not straight into bytes_, where so much room would stay behind.
  absl::InlinedVector<std::uint8_t, kInlineBytes> packed(MaxRecordBytes(record));
  const std::uint8_t* const end = PutRecord(packed.data(), record, precision_, &back_);
  bytes_.Append(packed.data(), static_cast<std::size_t>(end - packed.data()));
}

void DistributionQueue::PopFront(DistributionRecord* record) {
  bytes_.ConsumeTo(GetRecord(bytes_.begin(), &front_, record));
}

}  // namespace obs
