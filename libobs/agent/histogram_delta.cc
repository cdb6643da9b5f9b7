#include "agent/histogram_delta.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace obs {
namespace {

struct IndexedCount {
  std::int32_t index = 0;
  std::uint64_t count = 0;
};

// Growth of the buckets of one sign, by rising index.
std::vector<IndexedCount> GrownBuckets(const HistogramTotals& sent, const HistogramTotals& now,
                                       bool negative) {
  std::vector<IndexedCount> grown;
  for (const HistogramTotals::Page& page : now.pages) {
    if (page.key.negative != negative) continue;
    const HistogramTotals::Page* const before = sent.FindPage(page.key);
    for (std::size_t i = 0; i < kBucketsPerOctave; ++i) {
      const std::uint64_t count = page.counts[i] - (before == nullptr ? 0 : before->counts[i]);
      if (count == 0) continue;
      grown.push_back(
          {page.key.octave * static_cast<std::int32_t>(kBucketsPerOctave) + static_cast<std::int32_t>(i),
           count});
    }
  }
  std::ranges::sort(grown, {}, &IndexedCount::index);
  return grown;
}

// By how much the scale must fall for the buckets to fit a sketch.
int ShiftToFit(const std::vector<IndexedCount>& grown) {
  if (grown.empty()) return 0;
  int shift = 0;
  while (static_cast<std::size_t>((grown.back().index >> shift) - (grown.front().index >> shift)) >=
         Sketch::kMaxBuckets) {
    ++shift;
  }
  return shift;
}

Sketch::Buckets ToBuckets(const std::vector<IndexedCount>& grown, int shift) {
  Sketch::Buckets buckets;
  if (grown.empty()) return buckets;
  buckets.offset = grown.front().index >> shift;
  buckets.counts.resize(static_cast<std::size_t>((grown.back().index >> shift) - buckets.offset) + 1);
  for (const IndexedCount& bucket : grown) {
    buckets.counts[static_cast<std::size_t>((bucket.index >> shift) - buckets.offset)] += bucket.count;
  }
  return buckets;
}

struct Range {
  double low = 0;
  double high = 0;
};

Range BoundsOf(std::int32_t index, bool negative) {
  const double lower = Sketch::LowerBound(index, Sketch::kDefaultScale);
  const double upper = Sketch::UpperBound(index, Sketch::kDefaultScale);
  return negative ? Range{-upper, -lower} : Range{lower, upper};
}

// Bounds of the lowest and of the highest bucket that grew: the true minimum and maximum lie in them.
struct Extremes {
  Range lowest;
  Range highest;
};

Extremes OutermostBuckets(const std::vector<IndexedCount>& positive,
                          const std::vector<IndexedCount>& negative, bool zeros) {
  Extremes extremes;  // of zeros
  if (!negative.empty()) {
    extremes.lowest = BoundsOf(negative.back().index, true);
  } else if (!zeros) {
    extremes.lowest = BoundsOf(positive.front().index, false);
  }
  if (!positive.empty()) {
    extremes.highest = BoundsOf(positive.back().index, false);
  } else if (!zeros) {
    extremes.highest = BoundsOf(negative.front().index, true);
  }
  return extremes;
}

std::uint64_t CountOf(const std::vector<IndexedCount>& grown) {
  std::uint64_t count = 0;
  for (const IndexedCount& bucket : grown) count += bucket.count;
  return count;
}

}  // namespace

std::optional<Sketch> SketchSince(const HistogramTotals& sent, const HistogramTotals& now) {
  const auto positive = GrownBuckets(sent, now, false);
  const auto negative = GrownBuckets(sent, now, true);
  const std::uint64_t zeros = now.zeros - sent.zeros;
  const std::uint64_t count = zeros + CountOf(positive) + CountOf(negative);
  if (count == 0) return std::nullopt;

  // What is being recorded meanwhile may be in the minimum and not yet in a bucket, or the other way round.
  // The buckets are what counts.
  const Extremes outermost = OutermostBuckets(positive, negative, zeros != 0);
  const bool known = now.min <= now.max;
  const double min =
      known ? std::clamp(now.min, outermost.lowest.low, outermost.lowest.high) : outermost.lowest.low;
  const double max =
      known ? std::clamp(now.max, outermost.highest.low, outermost.highest.high) : outermost.highest.high;

  const int shift = std::max(ShiftToFit(positive), ShiftToFit(negative));
  const double sum = now.sum - sent.sum;
  Sketch sketch;
  const absl::Status valid = Sketch::FromParts(
      Sketch::kDefaultScale - shift, zeros, ToBuckets(positive, shift), ToBuckets(negative, shift), count,
      // Beyond the range of double there is no sum worth the name.
      std::isfinite(sum) ? sum : 0, min, std::max(min, max), &sketch);
  if (!valid.ok()) return std::nullopt;
  return sketch;
}

}  // namespace obs
