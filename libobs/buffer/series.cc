#include "buffer/series.h"

#include <utility>

#include "buffer/family.h"
#include "buffer/node.h"

namespace obs {
namespace {

constexpr std::size_t kSharedPtrControlBytes = 16;
constexpr std::size_t kMallocBytes = 8;  // header of each allocation

std::size_t HeapBytesOf(const std::string& text) {
  const bool is_inline = text.capacity() <= std::string().capacity();
  return is_inline ? 0 : text.capacity() + 1 + kMallocBytes;
}

}  // namespace

Series::Series(std::uint64_t id, SeriesIdentity identity, std::shared_ptr<Node> node,
               std::shared_ptr<Family> family, std::shared_ptr<SeriesQuota> quota)
    : node_(std::move(node)),
      family_(std::move(family)),
      quota_(std::move(quota)),
      ring_(&family_->ring()),
      id_(id),
      identity_(std::move(identity)) {
  if (identity_.kind == MetricKind::kHistogram) histogram_ = std::make_unique<HistogramSeries>();
}

std::size_t Series::FixedBytes() const {
  // Itself, its places in the node's and the family's sets and in the heap of deadlines.
  constexpr std::size_t kPlaces = 3 * 24;
  std::size_t bytes = sizeof(Series) + kSharedPtrControlBytes + kMallocBytes + kPlaces;
  bytes += HeapBytesOf(identity_.name) + HeapBytesOf(identity_.service) + HeapBytesOf(identity_.instance);
  if (!identity_.labels.empty()) bytes += identity_.labels.HeapBytes() + kMallocBytes;
  if (histogram_ != nullptr) bytes += sizeof(HistogramSeries) + kMallocBytes;
  return bytes;
}

std::size_t Series::HistoryBytes() const {
  return history_.HeapBytes() + baselines_.HeapBytes() +
         (histogram_ != nullptr ? histogram_->HeapBytes() : 0);
}

}  // namespace obs
