#include "buffer/sliding_window.h"

#include <algorithm>

#include "buffer/distribution_merger.h"

namespace obs {

SlidingWindow::SlidingWindow(const Distribution& layout, const std::vector<DistributionRecord>& slots) {
  DistributionMerger merger;
  for (const DistributionRecord& slot : slots) merger.Add(slot);
  merged_ = merger.Merge(layout);
  for (std::size_t i = 0; i + 1 < slots.size(); ++i) EndSlot(slots[i]);
}

void SlidingWindow::Add(const std::vector<double>& observations) {
  auto& sketch = std::get<Sketch>(merged_);
  for (const double value : observations) sketch.Insert(value);
}

void SlidingWindow::EndSlot(const DistributionRecord& slot) {
  extremes_.push_back({slot.min, slot.max});
}

void SlidingWindow::Leave(const DistributionRecord& oldest, const DistributionRecord& current) {
  extremes_.erase(extremes_.begin());
  DistributionMerger merger;
  merger.Add(oldest);
  const Distribution part = merger.Merge(merged_);
  if (auto* histogram = std::get_if<ExplicitHistogram>(&merged_)) {
    histogram->Subtract(std::get<ExplicitHistogram>(part));
    return;
  }
  auto& sketch = std::get<Sketch>(merged_);
  sketch.Subtract(std::get<Sketch>(part));
  if (sketch.empty()) return;
  Extremes all{current.min, current.max};
  for (const Extremes& slot : extremes_) {
    all.min = std::min(all.min, slot.min);
    all.max = std::max(all.max, slot.max);
  }
  sketch.SetMinMax(all.min, all.max);
}

bool SlidingWindow::is_coarse() const {
  const auto* sketch = std::get_if<Sketch>(&merged_);
  return sketch != nullptr && sketch->scale() < Sketch::kDefaultScale;
}

std::size_t SlidingWindow::HeapBytes() const {
  const std::size_t merged_bytes = std::visit([](const auto& merged) { return merged.HeapBytes(); }, merged_);
  return merged_bytes + extremes_.capacity() * sizeof(Extremes);
}

}  // namespace obs
