// Divides --memory-limit among those who hold memory, so that all of them together stay below it.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"

namespace obs {

struct MemoryBudget {
  std::uint64_t store_bytes = 0;      // of series and their history, as the store counts; 0: no limit
  std::uint64_t transport_bytes = 0;  // of what gRPC holds for its connections
  std::uint64_t frame_bytes = 0;      // of frames on their way to watchers
  std::uint64_t journal_bytes = 0;    // of what is on its way to the disk
};

inline constexpr std::uint64_t kLeastMemoryLimit = std::uint64_t{128} << 20;

// `limit_bytes` of 0: none. `has_journal`: something is kept on disk. Errors: INVALID_ARGUMENT if it is below
// kLeastMemoryLimit.
absl::StatusOr<MemoryBudget> DivideMemory(std::uint64_t limit_bytes, bool has_journal);

}  // namespace obs
