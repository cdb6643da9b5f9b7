#include "agent/cell_registry.h"

#include <algorithm>
#include <new>

#include "agent/handle_cache.h"

namespace obs {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// What a thread's pointer shows before it records, and after its block was folded. Both stay empty.
constinit ThreadBlock not_yet_recording;
constinit ThreadBlock ended_thread;

}  // namespace

namespace detail {

constinit thread_local ThreadCells* this_thread_cells = &not_yet_recording;

}  // namespace detail

using detail::CounterCell;
using detail::kNoCell;
using detail::this_thread_cells;

// ---- CellNumbers ----

std::uint32_t CellNumbers::Acquire() {
  if (!released_.empty()) {
    const std::uint32_t cell = released_.back();
    released_.pop_back();
    return cell;
  }
  return unused_ == detail::kMaxCells ? kNoCell : unused_++;
}

void CellNumbers::Release(std::span<const std::uint32_t> cells) {
  released_.insert(released_.end(), cells.begin(), cells.end());
}

// ---- CellRegistry: cells ----

CellRegistry& CellRegistry::Get() {
  static auto* const registry = new CellRegistry;
  return *registry;
}

std::uint32_t CellRegistry::AcquireCounter() {
  MutexLock lock(mutex_);
  return counters_.Acquire();
}

std::uint32_t CellRegistry::AcquireHistogram() {
  MutexLock lock(mutex_);
  return histograms_.Acquire();
}

void CellRegistry::Release(std::span<const std::uint32_t> counters,
                           std::span<const std::uint32_t> histograms) {
  MutexLock lock(mutex_);
  const auto clear = [&](const ThreadBlock& block) {
    for (const std::uint32_t cell : counters) {
      CounterCell* const counter = block.FindCounter(cell);
      if (counter == nullptr) continue;
      counter->whole.store(0, kRelaxed);
      counter->real.store(0, kRelaxed);
    }
    for (const std::uint32_t cell : histograms) {
      if (HistogramBlock* const histogram = block.FindHistogram(cell)) histogram->Clear();
    }
  };
  for (const ThreadBlock* thread : threads_) clear(*thread);
  clear(ended_);
  counters_.Release(counters);
  histograms_.Release(histograms);
}

CounterSum CellRegistry::SumCounter(std::uint32_t cell) const {
  CounterSum sum;
  const auto add = [&](const ThreadBlock& block) {
    const CounterCell* const counter = block.FindCounter(cell);
    if (counter == nullptr) return;
    sum.whole += counter->whole.load(kRelaxed);
    sum.real += counter->real.load(kRelaxed);
  };
  for (const ThreadBlock* thread : threads_) add(*thread);
  add(ended_);
  return sum;
}

std::uint64_t CellRegistry::CountEvents(std::uint32_t cell) const {
  std::uint64_t events = 0;
  const auto add = [&](const ThreadBlock& block) {
    if (const HistogramBlock* const histogram = block.FindHistogram(cell)) events += histogram->events();
  };
  for (const ThreadBlock* thread : threads_) add(*thread);
  add(ended_);
  return events;
}

HistogramTotals CellRegistry::ReadHistogram(std::uint32_t cell) {
  HistogramTotals totals;
  const auto read = [&](const ThreadBlock& block) {
    if (HistogramBlock* const histogram = block.FindHistogram(cell)) histogram->ReadInto(totals);
  };
  for (const ThreadBlock* thread : threads_) read(*thread);
  read(ended_);
  return totals;
}

// ---- CellRegistry: threads ----

struct CellRegistry::ThreadEnd {
  ThreadBlock* block = nullptr;

  ~ThreadEnd() {
    if (block == nullptr) return;
    this_thread_cells = &ended_thread;
    CellRegistry::Get().Fold(block);
  }
};

ThreadBlock* CellRegistry::ThisThread() noexcept {
  auto* const block = static_cast<ThreadBlock*>(this_thread_cells);
  return block == &not_yet_recording || block == &ended_thread ? nullptr : block;
}

ThreadBlock* CellRegistry::MakeThisThread() noexcept {
  if (ThreadBlock* const block = ThisThread()) return block;
  if (this_thread_cells == &ended_thread) return nullptr;
  auto* const block = new (std::nothrow) ThreadBlock;
  if (block == nullptr) return nullptr;
  block->handle_cache = new (std::nothrow) HandleCache;
  try {
    MutexLock lock(mutex_);
    threads_.push_back(block);
  } catch (const std::bad_alloc&) {
    delete block->handle_cache;
    delete block;
    return nullptr;
  }
  thread_local ThreadEnd end;
  end.block = block;
  this_thread_cells = block;
  return block;
}

void CellRegistry::Fold(ThreadBlock* block) noexcept {
  {
    MutexLock lock(mutex_);
    std::erase(threads_, block);
    ended_.Absorb(*block);
  }
  delete block->handle_cache;
  delete block;
}

bool CellRegistry::AddToCounter(std::uint32_t cell, std::uint64_t whole, double real) noexcept {
  const auto add = [=](ThreadBlock& block) {
    CounterCell* const counter = block.MakeCounter(cell);
    if (counter == nullptr) return false;
    counter->AddWhole(whole);
    counter->AddReal(real);
    return true;
  };
  if (ThreadBlock* const block = MakeThisThread()) return add(*block);
  MutexLock lock(mutex_);
  return add(ended_);
}

bool CellRegistry::RecordHistogram(std::uint32_t cell, double value) noexcept {
  const auto record = [=](ThreadBlock& block) {
    HistogramBlock* const histogram = block.MakeHistogram(cell);
    return histogram != nullptr && histogram->Record(value);
  };
  if (ThreadBlock* const block = MakeThisThread()) return record(*block);
  MutexLock lock(mutex_);
  return record(ended_);
}

}  // namespace obs
