// All that one thread recorded, in cells that only it writes: obs/cells.h's counters, and histograms.
//
// Thread safety: the owner makes and writes cells; the collector reads them meanwhile. Chunks of cells appear
// while it reads and stay until the block is folded into another.
#pragma once

#include <atomic>
#include <cstdint>

#include "agent/histogram_block.h"
#include "obs/cells.h"

namespace obs {

class HandleCache;

struct HistogramChunk {
  std::atomic<HistogramBlock*> blocks[detail::kCellsPerChunk] = {};
};

struct ThreadBlock : detail::ThreadCells {
  std::atomic<HistogramChunk*> histograms[detail::kMaxChunks + 1] = {};
  HandleCache* handle_cache = nullptr;  // the owner's, see there

  // Null if there is none yet. `cell` may be detail::kNoCell.
  detail::CounterCell* FindCounter(std::uint32_t cell) const noexcept;
  HistogramBlock* FindHistogram(std::uint32_t cell) const noexcept {
    const HistogramChunk* const chunk =
        histograms[cell / detail::kCellsPerChunk].load(std::memory_order_acquire);
    return chunk == nullptr ? nullptr
                            : chunk->blocks[cell % detail::kCellsPerChunk].load(std::memory_order_acquire);
  }

  // Owner only. Made if there is none yet; null if memory ran out. `cell` is not detail::kNoCell.
  detail::CounterCell* MakeCounter(std::uint32_t cell) noexcept;
  HistogramBlock* MakeHistogram(std::uint32_t cell) noexcept;

  // Neither block has an owner any more: moves all that `from` holds here, without needing memory.
  void Absorb(ThreadBlock& from) noexcept;
};

}  // namespace obs
