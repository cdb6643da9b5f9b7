// Every thread's block of cells in this process, and who owns which cell number.
//
// A thread's block is made when it first records and, when the thread ends, is folded into one block for all
// threads that are gone. So a cell's total never falls, and no observation is lost with its thread.
//
// Thread safety: every method may be called from any thread. The lock is never held during I/O; threads take
// it when they first record, when they end, and for what their late destructors record after that.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "agent/thread_block.h"
#include "base/mutex.h"

namespace obs {

struct CounterSum {
  std::uint64_t whole = 0;  // modulo 2^64
  double real = 0;
};

// Cell numbers of one type: given out, taken back, given out again.
class CellNumbers {
 public:
  // detail::kNoCell if all are taken.
  std::uint32_t Acquire();
  // `cells` were acquired, and not released since.
  void Release(std::span<const std::uint32_t> cells);

 private:
  std::uint32_t unused_ = 0;  // this and all above were never given out
  std::vector<std::uint32_t> released_;
};

class CellRegistry {
 public:
  // The process' only one. Never destroyed, as threads may end late.
  static CellRegistry& Get();

  // A cell whose total is zero; detail::kNoCell if all are taken.
  std::uint32_t AcquireCounter();
  std::uint32_t AcquireHistogram();
  // Gives cells back. Nobody may record on them any more.
  void Release(std::span<const std::uint32_t> counters, std::span<const std::uint32_t> histograms);

  // Held while cells are read: threads cannot come or go meanwhile.
  Mutex& mutex() ABSL_LOCK_RETURNED(mutex_) { return mutex_; }
  CounterSum SumCounter(std::uint32_t cell) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Grows with every observation.
  std::uint64_t CountEvents(std::uint32_t cell) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  HistogramTotals ReadHistogram(std::uint32_t cell) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Record on a cell that the calling thread may not have yet. `cell` is not detail::kNoCell. False if memory
  // ran out.
  [[nodiscard]] bool AddToCounter(std::uint32_t cell, std::uint64_t whole, double real) noexcept;
  [[nodiscard]] bool RecordHistogram(std::uint32_t cell, double value) noexcept;

  // The calling thread's block; null before it joins, after it ended, or if memory ran out.
  static ThreadBlock* ThisThread() noexcept;
  // Makes the calling thread's block if it has none.
  void JoinThisThread() noexcept { MakeThisThread(); }

 private:
  struct ThreadEnd;  // folds the thread's block when the thread ends

  CellRegistry() = default;
  // Null once the thread's block is folded, or if memory ran out.
  ThreadBlock* MakeThisThread() noexcept;
  void Fold(ThreadBlock* block) noexcept;

  mutable Mutex mutex_;
  std::vector<ThreadBlock*> threads_ ABSL_GUARDED_BY(mutex_);  // of threads that run
  ThreadBlock ended_ ABSL_GUARDED_BY(mutex_);                  // of all others
  CellNumbers counters_ ABSL_GUARDED_BY(mutex_);
  CellNumbers histograms_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace obs
