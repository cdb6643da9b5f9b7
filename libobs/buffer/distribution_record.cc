#include "buffer/distribution_record.h"

#include <algorithm>
#include <array>
#include <utility>

#include "model/finite_sum.h"

namespace obs {
namespace {

SparseBuckets SparseOf(std::int32_t offset, const std::vector<std::uint64_t>& counts) {
  SparseBuckets sparse;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    if (counts[k] != 0) sparse.push_back({offset + static_cast<std::int32_t>(k), counts[k]});
  }
  return sparse;
}

// Adds `from`, whose indices shift right by `shift`.
void MergeSparse(SparseBuckets& into, const SparseBuckets& from, int shift) {
  if (from.empty()) return;
  SparseBuckets merged;
  merged.reserve(into.size() + from.size());
  const auto append = [&merged](BucketCount bucket) {
    if (!merged.empty() && merged.back().index == bucket.index) {
      merged.back().count += bucket.count;
    } else {
      merged.push_back(bucket);
    }
  };
  auto next = into.begin();
  for (const BucketCount& bucket : from) {
    const std::int32_t index = bucket.index >> shift;
    while (next != into.end() && next->index <= index) append(*next++);
    append({index, bucket.count});
  }
  while (next != into.end()) append(*next++);
  into = std::move(merged);
}

void Coarsen(SparseBuckets& buckets, int shift) {
  SparseBuckets coarse;
  MergeSparse(coarse, buckets, shift);
  buckets = std::move(coarse);
}

// Sorts `indices` and counts equal ones.
SparseBuckets CountIndices(std::vector<std::int32_t>& indices) {
  std::ranges::sort(indices);
  SparseBuckets sparse;
  for (const std::int32_t index : indices) {
    if (!sparse.empty() && sparse.back().index == index) {
      ++sparse.back().count;
    } else {
      sparse.push_back({index, 1});
    }
  }
  return sparse;
}

}  // namespace

std::uint64_t DistributionRecord::count() const {
  std::uint64_t count = 0;
  for (const Slot& slot : slots) count += slot.count;
  return count;
}

void DistributionRecord::Clear() {
  slots.clear();
  scale = Sketch::kDefaultScale;
  zero_count = 0;
  positive.clear();
  negative.clear();
  min = std::numeric_limits<double>::infinity();
  max = -min;
}

void DistributionRecord::Add(const Distribution& distribution) {
  const std::uint64_t added = CountOf(distribution);
  if (added == 0) return;
  slots.back().count += added;
  slots.back().sum = FiniteSum(slots.back().sum + SumOf(distribution));
  if (const auto* histogram = std::get_if<ExplicitHistogram>(&distribution)) {
    MergeSparse(positive, SparseOf(0, histogram->counts()), 0);
    return;
  }
  const auto& sketch = std::get<Sketch>(distribution);
  min = std::min(min, sketch.min());
  max = std::max(max, sketch.max());
  ReduceScale(sketch.scale());
  const int shift = sketch.scale() - scale;
  zero_count += sketch.zero_count();
  MergeSparse(positive, SparseOf(sketch.positive().offset, sketch.positive().counts), shift);
  MergeSparse(negative, SparseOf(sketch.negative().offset, sketch.negative().counts), shift);
}

void DistributionRecord::Observe(const std::vector<double>& values) {
  std::vector<std::int32_t> above;
  std::vector<std::int32_t> below;
  above.reserve(values.size());
  for (const double value : values) {
    if (value > 0) {
      above.push_back(Sketch::BucketIndex(value, scale));
    } else if (value < 0) {
      below.push_back(Sketch::BucketIndex(-value, scale));
    } else {
      ++zero_count;
    }
    slots.back().sum += value;
    min = std::min(min, value);
    max = std::max(max, value);
  }
  slots.back().sum = FiniteSum(slots.back().sum);
  slots.back().count += values.size();
  MergeSparse(positive, CountIndices(above), 0);
  MergeSparse(negative, CountIndices(below), 0);
}

void DistributionRecord::MergeBuckets(const DistributionRecord& newer) {
  if (newer.count() == 0) return;
  ReduceScale(newer.scale);
  const int shift = newer.scale - scale;
  MergeSparse(positive, newer.positive, shift);
  MergeSparse(negative, newer.negative, shift);
  zero_count += newer.zero_count;
  min = std::min(min, newer.min);
  max = std::max(max, newer.max);
}

void DistributionRecord::ReduceScale(int to_scale) {
  if (to_scale >= scale) return;
  Coarsen(positive, scale - to_scale);
  Coarsen(negative, scale - to_scale);
  scale = to_scale;
}

std::size_t DistributionRecord::HeapBytes() const {
  const std::size_t slot_bytes = slots.capacity() > 1 ? slots.capacity() * sizeof(Slot) : 0;
  return slot_bytes + (positive.capacity() + negative.capacity()) * sizeof(BucketCount);
}

}  // namespace obs
