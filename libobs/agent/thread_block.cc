#include "agent/thread_block.h"

#include <new>

namespace obs {
namespace {

using detail::CounterCell;
using detail::kCellsPerChunk;
using detail::kMaxChunks;

constexpr auto kRelaxed = std::memory_order_relaxed;

}  // namespace

CounterCell* ThreadBlock::FindCounter(std::uint32_t cell) const noexcept {
  CounterCell* const chunk = counters[cell / kCellsPerChunk].load(std::memory_order_acquire);
  return chunk == nullptr ? nullptr : chunk + cell % kCellsPerChunk;
}

CounterCell* ThreadBlock::MakeCounter(std::uint32_t cell) noexcept {
  auto& slot = counters[cell / kCellsPerChunk];
  CounterCell* chunk = slot.load(kRelaxed);
  if (chunk == nullptr) {
    chunk = new (std::nothrow) CounterCell[kCellsPerChunk];
    if (chunk == nullptr) return nullptr;
    slot.store(chunk, std::memory_order_release);
  }
  return chunk + cell % kCellsPerChunk;
}

HistogramBlock* ThreadBlock::MakeHistogram(std::uint32_t cell) noexcept {
  auto& chunk_slot = histograms[cell / kCellsPerChunk];
  HistogramChunk* chunk = chunk_slot.load(kRelaxed);
  if (chunk == nullptr) {
    chunk = new (std::nothrow) HistogramChunk;
    if (chunk == nullptr) return nullptr;
    chunk_slot.store(chunk, std::memory_order_release);
  }
  auto& slot = chunk->blocks[cell % kCellsPerChunk];
  HistogramBlock* block = slot.load(kRelaxed);
  if (block == nullptr) {
    block = new (std::nothrow) HistogramBlock;
    if (block == nullptr) return nullptr;
    slot.store(block, std::memory_order_release);
  }
  return block;
}

void ThreadBlock::Absorb(ThreadBlock& from) noexcept {
  for (std::size_t i = 0; i < kMaxChunks; ++i) {
    CounterCell* const theirs = from.counters[i].exchange(nullptr, kRelaxed);
    if (theirs == nullptr) continue;
    CounterCell* const mine = counters[i].load(kRelaxed);
    if (mine == nullptr) {
      counters[i].store(theirs, std::memory_order_release);
      continue;
    }
    for (std::size_t k = 0; k < kCellsPerChunk; ++k) {
      mine[k].AddWhole(theirs[k].whole.load(kRelaxed));
      mine[k].AddReal(theirs[k].real.load(kRelaxed));
    }
    delete[] theirs;
  }
  for (std::size_t i = 0; i < kMaxChunks; ++i) {
    HistogramChunk* const theirs = from.histograms[i].exchange(nullptr, kRelaxed);
    if (theirs == nullptr) continue;
    HistogramChunk* const mine = histograms[i].load(kRelaxed);
    if (mine == nullptr) {
      histograms[i].store(theirs, std::memory_order_release);
      continue;
    }
    for (std::size_t k = 0; k < kCellsPerChunk; ++k) {
      HistogramBlock* const block = theirs->blocks[k].load(kRelaxed);
      if (block == nullptr) continue;
      if (HistogramBlock* const target = mine->blocks[k].load(kRelaxed)) {
        target->Absorb(*block);
        delete block;
      } else {
        mine->blocks[k].store(block, std::memory_order_release);
      }
    }
    delete theirs;
  }
}

}  // namespace obs
