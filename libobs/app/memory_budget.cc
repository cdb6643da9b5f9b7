#include "app/memory_budget.h"

#include <algorithm>

#include "base/units.h"
#include "fmt/format.h"

namespace obs {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
// The program itself, with its threads and an empty store.
constexpr std::uint64_t kOwnBytes = 48 * kMiB;
constexpr std::uint64_t kMostTransportBytes = 256 * kMiB;
constexpr std::uint64_t kMostFrameBytes = 256 * kMiB;
constexpr std::uint64_t kMostJournalBytes = 16 * kMiB;
// Of what is left, the transport's, the frames' and the journal's parts.
constexpr std::uint64_t kTransportPart = 8;
constexpr std::uint64_t kFramePart = 16;
constexpr std::uint64_t kJournalPart = 16;
// Memory that the store holds, and what the allocator needs for it.
constexpr std::uint64_t kCounted = 3;
constexpr std::uint64_t kResident = 4;

}  // namespace

absl::StatusOr<MemoryBudget> DivideMemory(std::uint64_t limit_bytes, bool has_journal) {
  if (limit_bytes == 0) return MemoryBudget{0, kMostTransportBytes, kMostFrameBytes, kMostJournalBytes};
  if (limit_bytes < kLeastMemoryLimit) {
    return absl::InvalidArgumentError(fmt::format("--memory-limit {}: at least {} are needed",
                                                  FormatBytes(limit_bytes), FormatBytes(kLeastMemoryLimit)));
  }
  const std::uint64_t left = limit_bytes - kOwnBytes;
  MemoryBudget budget;
  budget.transport_bytes = std::min(left / kTransportPart, kMostTransportBytes);
  budget.frame_bytes = std::min(left / kFramePart, kMostFrameBytes);
  if (has_journal) budget.journal_bytes = std::min(left / kJournalPart, kMostJournalBytes);
  budget.store_bytes =
      (left - budget.transport_bytes - budget.frame_bytes - budget.journal_bytes) / kResident * kCounted;
  return budget;
}

}  // namespace obs
