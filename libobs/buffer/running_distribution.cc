#include "buffer/running_distribution.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "model/finite_sum.h"

namespace obs {
namespace {

// Nullopt if it does not fit in 64 bits.
std::optional<std::uint64_t> CountBuckets(const DistributionRecord& record) {
  std::uint64_t count = record.zero_count;
  for (const SparseBuckets* buckets : {&record.positive, &record.negative}) {
    for (const BucketCount& bucket : *buckets) {
      if (__builtin_add_overflow(count, bucket.count, &count)) return std::nullopt;
    }
  }
  return count;
}

double SumOfSlots(const DistributionRecord& record) {
  double sum = 0;
  for (const DistributionRecord::Slot& slot : record.slots) sum += slot.sum;
  return FiniteSum(sum);
}

ExplicitHistogram ToExplicit(const DistributionRecord& record, const ExplicitHistogram& like) {
  std::vector<std::uint64_t> counts(like.bounds().size() + 1);
  for (const BucketCount& bucket : record.positive) {
    counts[static_cast<std::size_t>(bucket.index)] = bucket.count;
  }
  return *ExplicitHistogram::Create(like.bounds(), std::move(counts), SumOfSlots(record));
}

bool HasRoom(const CompactCounts& counts, const SparseBuckets& buckets, int shift) {
  if (buckets.empty()) return true;
  return counts.SizeWith(buckets.front().index >> shift, buckets.back().index >> shift) <=
         Sketch::kMaxBuckets;
}

void AddTo(CompactCounts& counts, const SparseBuckets& buckets, int shift) {
  if (buckets.empty()) return;
  counts.Cover(buckets.front().index >> shift, buckets.back().index >> shift);
  for (const BucketCount& bucket : buckets) counts.Add(bucket.index >> shift, bucket.count);
}

}  // namespace

RunningDistribution::RunningDistribution(const Distribution& distribution) {
  if (const auto* histogram = std::get_if<ExplicitHistogram>(&distribution)) {
    total_ = *histogram;
    return;
  }
  DistributionRecord record;
  record.slots.push_back({});
  record.Add(distribution);
  Add(record);
}

bool RunningDistribution::TakesIn(const Distribution& distribution) const {
  const ExplicitHistogram* const mine = explicit_histogram();
  const auto* const other = std::get_if<ExplicitHistogram>(&distribution);
  if (mine == nullptr || other == nullptr) return mine == nullptr && other == nullptr;
  return mine->bounds() == other->bounds();
}

Distribution RunningDistribution::EmptyLike() const {
  const ExplicitHistogram* const histogram = explicit_histogram();
  if (histogram == nullptr) return Sketch();
  return *ExplicitHistogram::Create(histogram->bounds(),
                                    std::vector<std::uint64_t>(histogram->bounds().size() + 1), 0.0);
}

void RunningDistribution::Add(const DistributionRecord& record) {
  const auto added = CountBuckets(record);
  std::uint64_t all = 0;
  if (!added || *added == 0 || __builtin_add_overflow(count(), *added, &all)) return;
  if (auto* histogram = std::get_if<ExplicitHistogram>(&total_)) {
    histogram->Merge(ToExplicit(record, *histogram));
  } else {
    std::get<CompactSketch>(total_).Add(record, *added);
  }
}

std::uint64_t RunningDistribution::count() const {
  const ExplicitHistogram* const histogram = explicit_histogram();
  return histogram != nullptr ? histogram->count() : std::get<CompactSketch>(total_).count;
}

double RunningDistribution::sum() const {
  const ExplicitHistogram* const histogram = explicit_histogram();
  return histogram != nullptr ? histogram->sum() : std::get<CompactSketch>(total_).sum;
}

Distribution RunningDistribution::Unpack() const {
  if (const ExplicitHistogram* histogram = explicit_histogram()) return *histogram;
  return std::get<CompactSketch>(total_).Unpack();
}

std::size_t RunningDistribution::HeapBytes() const {
  if (const ExplicitHistogram* histogram = explicit_histogram()) return histogram->HeapBytes();
  const auto& sketch = std::get<CompactSketch>(total_);
  return sketch.positive.HeapBytes() + sketch.negative.HeapBytes();
}

void CompactSketch::Add(const DistributionRecord& record, std::uint64_t added) {
  ReduceScale(record.scale);
  while (!HasRoom(positive, record.positive, record.scale - scale) ||
         !HasRoom(negative, record.negative, record.scale - scale)) {
    ReduceScale(scale - 1);
  }
  AddTo(positive, record.positive, record.scale - scale);
  AddTo(negative, record.negative, record.scale - scale);
  zero_count += record.zero_count;
  count += added;
  sum = FiniteSum(sum + SumOfSlots(record));
  min = std::min(min, record.min);
  max = std::max(max, record.max);
}

void CompactSketch::ReduceScale(int to_scale) {
  if (to_scale >= scale) return;
  positive.Coarsen(scale - to_scale);
  negative.Coarsen(scale - to_scale);
  scale = to_scale;
}

Sketch CompactSketch::Unpack() const {
  Sketch sketch(scale);
  if (count == 0) return sketch;
  // Cannot fail: the parts came from sketches, and the count is that of the buckets.
  (void)Sketch::FromParts(scale, zero_count, positive.Unpack(), negative.Unpack(), count, sum, min, max,
                          &sketch);
  return sketch;
}

}  // namespace obs
