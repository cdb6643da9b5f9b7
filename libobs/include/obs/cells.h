// Where recordings land. Part of the implementation: use the handles of metrics.h.
//
// Each thread that records has cells of its own, so recording is an unlocked load and store of memory that no
// other thread writes. Cells are numbered across the process. The agent's own thread sums each number over
// all threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "obs/export.h"

namespace obs::detail {

inline constexpr std::uint32_t kCellsPerChunk = 256;
inline constexpr std::uint32_t kMaxChunks = 1024;
inline constexpr std::uint32_t kMaxCells = kCellsPerChunk * kMaxChunks;
// The number of no cell: its chunk never exists in any thread.
inline constexpr std::uint32_t kNoCell = kMaxCells;

// One thread's share of a counter. Whole amounts are kept apart from fractions, so counts stay exact.
struct CounterCell {
  std::atomic<std::uint64_t> whole{0};  // modulo 2^64, so it may also go down
  std::atomic<double> real{0};

  // Only by the thread that owns the cell.
  void AddWhole(std::uint64_t amount) noexcept {
    whole.store(whole.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  void AddReal(double amount) noexcept {
    real.store(real.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
};

// One thread's counters. Only that thread sets chunks.
struct ThreadCells {
  std::atomic<CounterCell*> counters[kMaxChunks + 1] = {};
};

// The calling thread's cells; a shared empty set until it first records. Initial-exec, since a thread-local
// variable of a shared library would otherwise cost a call. It takes 8 bytes of what is reserved for
// libraries loaded late.
extern OBS_EXPORT constinit thread_local ThreadCells* this_thread_cells
    __attribute__((tls_model("initial-exec")));

// Null if this thread has no such cell yet.
inline CounterCell* FindCounterCell(std::uint32_t cell) noexcept {
  CounterCell* const chunk =
      this_thread_cells->counters[cell / kCellsPerChunk].load(std::memory_order_relaxed);
  return chunk == nullptr ? nullptr : chunk + cell % kCellsPerChunk;
}

// A gauge's newest value, shared by all threads, on a cache line of its own. NaN until it is first set.
struct alignas(64) GaugeCell {
  std::atomic<double> value;
};

}  // namespace obs::detail
