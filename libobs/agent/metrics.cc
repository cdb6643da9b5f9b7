// The parts of obs/metrics.h that are not inlined: what a recording needs at first use, and what is dropped.
#include "obs/metrics.h"

#include "agent/cell_registry.h"
#include "agent/recorder.h"

namespace obs {
namespace detail {
namespace {

void Count(Recorder* recorder, Loss loss) {
  if (recorder != nullptr) recorder->CountLoss(loss);
}

void Add(Recorder* recorder, std::uint32_t cell, Loss loss, std::uint64_t whole, double real) {
  if (cell == kNoCell) {
    Count(recorder, loss);
  } else if (!CellRegistry::Get().AddToCounter(cell, whole, real)) {
    Count(recorder, Loss::kOutOfMemory);
  }
}

}  // namespace

void AddWholeSlowly(Recorder* recorder, std::uint32_t cell, Loss loss, std::uint64_t amount) noexcept {
  Add(recorder, cell, loss, amount, 0);
}

void AddRealSlowly(Recorder* recorder, std::uint32_t cell, Loss loss, double amount) noexcept {
  if (!std::isfinite(amount)) {
    Count(recorder, Loss::kNotFinite);
  } else if (amount < 0) {
    AddNegative(recorder);
  } else {
    Add(recorder, cell, loss, 0, amount);
  }
}

void AddNegative(Recorder* recorder) noexcept {
  Count(recorder, Loss::kNegativeIncrement);
}

void SetSlowly(Recorder* recorder, GaugeCell* cell, Loss loss, double value) noexcept {
  if (cell == nullptr) {
    Count(recorder, loss);
  } else if (!std::isfinite(value)) {
    Count(recorder, Loss::kNotFinite);
  } else {
    cell->value.store(value, std::memory_order_relaxed);
  }
}

void AddToGauge(Recorder* recorder, GaugeCell* cell, Loss loss, double amount) noexcept {
  if (cell == nullptr) {
    Count(recorder, loss);
    return;
  }
  double before = cell->value.load(std::memory_order_relaxed);
  double after = 0;
  do {
    after = std::isnan(before) ? amount : before + amount;  // NaN: never set
    if (!std::isfinite(after)) {
      Count(recorder, Loss::kNotFinite);
      return;
    }
  } while (!cell->value.compare_exchange_weak(before, after, std::memory_order_relaxed));
}

}  // namespace detail

void Histogram::Record(double value) const noexcept {
  const auto* const thread = static_cast<const ThreadBlock*>(detail::this_thread_cells);
  HistogramBlock* const block = thread->FindHistogram(bound_.cell);
  if (!std::isfinite(value)) [[unlikely]] {
    detail::Count(bound_.recorder, Loss::kNotFinite);
  } else if (block != nullptr) [[likely]] {
    if (!block->Record(value)) detail::Count(bound_.recorder, Loss::kOutOfMemory);
  } else if (bound_.cell == detail::kNoCell) {
    detail::Count(bound_.recorder, bound_.loss);
  } else if (!CellRegistry::Get().RecordHistogram(bound_.cell, value)) {
    detail::Count(bound_.recorder, Loss::kOutOfMemory);
  }
}

void RequestTracker::Finish() noexcept {
  if (recorder_ == nullptr) return;
  recorder_->FinishRequest(*this);
  recorder_ = nullptr;
}

}  // namespace obs
