#include "buffer/distribution_merger.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace obs {
namespace {

// Splits counts so that what is handed out adds up, rounded once over all buckets and not in each.
class Splitter {
 public:
  Splitter(std::uint64_t part, std::uint64_t whole) : part_(part), whole_(whole) {}

  std::uint64_t Take(std::uint64_t count) {
    if (part_ == whole_) return count;
    seen_ += count;
    const auto due = static_cast<std::uint64_t>(static_cast<unsigned __int128>(seen_) * part_ / whole_);
    return due - std::exchange(taken_, due);
  }

 private:
  const std::uint64_t part_;
  const std::uint64_t whole_;
  std::uint64_t seen_ = 0;
  std::uint64_t taken_ = 0;
};

// Buckets of one sign, all of one scale.
class DenseBuckets {
 public:
  void Cover(const SparseBuckets& sparse, int shift) {
    if (sparse.empty()) return;
    first_ = std::min(first_, sparse.front().index >> shift);
    last_ = std::max(last_, sparse.back().index >> shift);
  }
  void Allocate() {
    if (first_ <= last_) counts_.resize(static_cast<std::size_t>(last_ - first_) + 1);
  }
  void Add(std::int32_t index, std::uint64_t count) {
    counts_[static_cast<std::size_t>(index - first_)] += count;
  }
  Sketch::Buckets Take() && { return {first_ <= last_ ? first_ : 0, std::move(counts_)}; }

 private:
  std::int32_t first_ = std::numeric_limits<std::int32_t>::max();
  std::int32_t last_ = std::numeric_limits<std::int32_t>::min();
  std::vector<std::uint64_t> counts_;
};

}  // namespace

Distribution EmptyLike(const Distribution& like) {
  const auto* histogram = std::get_if<ExplicitHistogram>(&like);
  if (histogram == nullptr) return Sketch();
  std::vector<std::uint64_t> counts(histogram->bounds().size() + 1);
  return *ExplicitHistogram::Create(histogram->bounds(), std::move(counts), 0.0);
}

Distribution DistributionMerger::Merge(const Distribution& like) {
  const auto* histogram = std::get_if<ExplicitHistogram>(&like);
  Distribution merged =
      histogram != nullptr ? Distribution(MergeExplicit(*histogram)) : Distribution(MergeSketch());
  shares_.clear();
  return merged;
}

Sketch DistributionMerger::MergeSketch() const {
  int scale = Sketch::kDefaultScale;
  for (const Share& share : shares_) scale = std::min(scale, share.record->scale);
  DenseBuckets positive;
  DenseBuckets negative;
  for (const Share& share : shares_) {
    positive.Cover(share.record->positive, share.record->scale - scale);
    negative.Cover(share.record->negative, share.record->scale - scale);
  }
  positive.Allocate();
  negative.Allocate();

  std::uint64_t zero_count = 0;
  std::uint64_t count = 0;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
  for (const Share& share : shares_) {
    const DistributionRecord& record = *share.record;
    Splitter splitter(share.part, share.whole);
    const std::uint64_t count_before = count;
    const auto take = [&](std::uint64_t bucket_count) {
      const std::uint64_t taken = splitter.Take(bucket_count);
      count += taken;
      return taken;
    };
    zero_count += take(record.zero_count);
    const int shift = record.scale - scale;
    for (const BucketCount& bucket : record.negative) negative.Add(bucket.index >> shift, take(bucket.count));
    for (const BucketCount& bucket : record.positive) positive.Add(bucket.index >> shift, take(bucket.count));
    if (count == count_before) continue;
    min = std::min(min, record.min);
    max = std::max(max, record.max);
  }
  Sketch sketch;
  if (count == 0) return sketch;
  // Cannot fail: the parts came from sketches. The sum is not kept here.
  (void)Sketch::FromParts(scale, zero_count, std::move(positive).Take(), std::move(negative).Take(), count, 0,
                          min, max, &sketch);
  return sketch;
}

ExplicitHistogram DistributionMerger::MergeExplicit(const ExplicitHistogram& like) const {
  std::vector<std::uint64_t> counts(like.bounds().size() + 1);
  for (const Share& share : shares_) {
    Splitter splitter(share.part, share.whole);
    for (const BucketCount& bucket : share.record->positive) {
      counts[static_cast<std::size_t>(bucket.index)] += splitter.Take(bucket.count);
    }
  }
  return *ExplicitHistogram::Create(like.bounds(), std::move(counts), 0.0);
}

}  // namespace obs
