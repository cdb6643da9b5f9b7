#include "model/sketch.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <utility>

#include "fmt/format.h"

namespace obs {
namespace {

using Buckets = Sketch::Buckets;

std::int32_t FirstIndex(const Buckets& buckets) {
  return buckets.offset;
}
std::int32_t LastIndex(const Buckets& buckets) {
  return buckets.offset + static_cast<std::int32_t>(buckets.counts.size()) - 1;
}

// Makes room for the indices `first` to `last`. The caller makes the outermost counts non-zero.
void Extend(Buckets& buckets, std::int32_t first, std::int32_t last) {
  auto& counts = buckets.counts;
  if (counts.empty()) {
    buckets.offset = first;
    counts.resize(static_cast<std::size_t>(last - first) + 1);
    return;
  }
  if (last > LastIndex(buckets)) counts.resize(static_cast<std::size_t>(last - buckets.offset) + 1);
  if (first < buckets.offset) {
    counts.insert(counts.begin(), static_cast<std::size_t>(buckets.offset - first), 0);
    buckets.offset = first;
  }
}

// Restores the invariant that the outermost counts are not zero.
void Trim(Buckets& buckets) {
  auto& counts = buckets.counts;
  const auto is_used = [](std::uint64_t count) { return count != 0; };
  counts.erase(std::find_if(counts.rbegin(), counts.rend(), is_used).base(), counts.end());
  const auto first = std::ranges::find_if(counts, is_used);
  buckets.offset += static_cast<std::int32_t>(first - counts.begin());
  counts.erase(counts.begin(), first);
  if (counts.empty()) buckets.offset = 0;
}

std::uint64_t TotalOf(const Buckets& buckets) {
  return std::accumulate(buckets.counts.begin(), buckets.counts.end(), std::uint64_t{0});
}

// Merges each run of 2^shift neighbours that share an index at the lower scale.
void Coarsen(Buckets& buckets, int shift) {
  if (buckets.counts.empty()) return;
  const std::int32_t first = buckets.offset >> shift;
  const std::int32_t last = LastIndex(buckets) >> shift;
  for (std::size_t k = 0; k < buckets.counts.size(); ++k) {
    const std::uint64_t count = std::exchange(buckets.counts[k], 0);
    const std::int32_t index = (buckets.offset + static_cast<std::int32_t>(k)) >> shift;
    buckets.counts[static_cast<std::size_t>(index - first)] += count;
  }
  buckets.counts.resize(static_cast<std::size_t>(last - first) + 1);
  buckets.offset = first;
}

// Buckets that `into` spans once `from`, brought down by `shift`, is added to it.
std::size_t UnionSize(const Buckets& into, const Buckets& from, int shift) {
  if (from.counts.empty()) return into.counts.size();
  std::int32_t first = FirstIndex(from) >> shift;
  std::int32_t last = LastIndex(from) >> shift;
  if (!into.counts.empty()) {
    first = std::min(first, FirstIndex(into));
    last = std::max(last, LastIndex(into));
  }
  return static_cast<std::size_t>(last - first) + 1;
}

void AddTo(Buckets& into, const Buckets& from, int shift) {
  if (from.counts.empty()) return;
  Extend(into, FirstIndex(from) >> shift, LastIndex(from) >> shift);
  if (shift == 0) {  // the usual case, which the compiler vectorises
    std::uint64_t* const target = into.counts.data() + (from.offset - into.offset);
    for (std::size_t k = 0; k < from.counts.size(); ++k) target[k] += from.counts[k];
    return;
  }
  for (std::size_t k = 0; k < from.counts.size(); ++k) {
    const std::int32_t index = (from.offset + static_cast<std::int32_t>(k)) >> shift;
    into.counts[static_cast<std::size_t>(index - into.offset)] += from.counts[k];
  }
}

// Counts that a client sends may be so large that their sums wrap around, so that `part` is not in `buckets`
// although it was merged before: then as much is taken as is there.
void TakeFrom(Buckets& buckets, const Buckets& part, int shift) {
  for (std::size_t k = 0; k < part.counts.size(); ++k) {
    const std::int32_t index = (part.offset + static_cast<std::int32_t>(k)) >> shift;
    const auto target = static_cast<std::uint32_t>(index - buckets.offset);
    if (target >= buckets.counts.size()) continue;
    std::uint64_t& count = buckets.counts[target];
    count -= std::min(count, part.counts[k]);
  }
  Trim(buckets);
}

// The point of (lower, upper] whose largest relative error to any other in it is least.
double Representative(double lower, double upper) {
  return upper == 0 ? 0 : lower * (2 / (1 + lower / upper));
}

// Ranks count from 1.
std::uint64_t RankOf(double q, std::uint64_t count) {
  const double rank = std::ceil(q * static_cast<double>(count));
  if (rank >= static_cast<double>(count)) return count;
  return rank < 1 ? 1 : static_cast<std::uint64_t>(rank);
}

// Adds up `buckets` into `total`, and checks that each holds a double. `name` is for the error.
absl::Status CheckBuckets(std::string_view name, const Buckets& buckets, int scale, std::uint64_t* total) {
  // Powers of two from the smallest subnormal to just above the largest double.
  const auto index_at = [scale](std::int64_t exponent) {
    return scale >= 0 ? exponent * (std::int64_t{1} << scale) : exponent >> -scale;
  };
  for (std::size_t k = 0; k < buckets.counts.size(); ++k) {
    if (buckets.counts[k] == 0) continue;
    const std::int64_t index = std::int64_t{buckets.offset} + static_cast<std::int64_t>(k);
    if (index < index_at(-1075) || index >= index_at(1024)) {
      return absl::InvalidArgumentError(
          fmt::format("{} bucket {} at scale {} lies outside the range of double", name, index, scale));
    }
    if (__builtin_add_overflow(*total, buckets.counts[k], total)) {
      return absl::InvalidArgumentError("counts of the buckets overflow 64 bits");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Sketch::FromParts(int scale, std::uint64_t zero_count, Buckets positive, Buckets negative,
                               std::uint64_t count, double sum, double min, double max, Sketch* out) {
  if (scale < kMinScale || scale > kMaxScale) {
    return absl::InvalidArgumentError(
        fmt::format("scale {} is outside {} to {}", scale, kMinScale, kMaxScale));
  }
  std::uint64_t total = zero_count;
  if (auto status = CheckBuckets("positive", positive, scale, &total); !status.ok()) return status;
  if (auto status = CheckBuckets("negative", negative, scale, &total); !status.ok()) return status;
  if (total != count) {
    return absl::InvalidArgumentError(
        fmt::format("count is {}, but zero count and buckets add up to {}", count, total));
  }
  if (!std::isfinite(sum) || !std::isfinite(min) || !std::isfinite(max)) {
    return absl::InvalidArgumentError(fmt::format("sum {}, min {} or max {} is not finite", sum, min, max));
  }
  if (min > max) return absl::InvalidArgumentError(fmt::format("min {} is above max {}", min, max));

  *out = Sketch(std::min(scale, kDefaultScale));
  if (count == 0) return absl::OkStatus();
  Trim(positive);
  Trim(negative);
  out->AddBuckets(positive, negative, scale);
  out->zero_count_ = zero_count;
  out->count_ = count;
  out->sum_ = sum;
  out->min_ = out->LowestBound();
  out->max_ = out->HighestBound();
  if (min >= out->min_ && min <= out->max_) out->min_ = min;
  if (max >= out->min_ && max <= out->max_) out->max_ = max;
  return absl::OkStatus();
}

void Sketch::Insert(double value, std::uint64_t times) {
  assert(std::isfinite(value));
  if (times == 0) return;
  if (value > 0) {
    Add(positive_, value, times);
  } else if (value < 0) {
    Add(negative_, -value, times);
  } else {
    zero_count_ += times;
  }
  count_ += times;
  sum_ += value * static_cast<double>(times);
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
}

void Sketch::Add(Buckets& buckets, double magnitude, std::uint64_t times) {
  const std::int32_t index = BucketIndex(magnitude, scale_);
  const auto k = static_cast<std::uint32_t>(index - buckets.offset);
  if (k < buckets.counts.size()) [[likely]] {
    buckets.counts[k] += times;
  } else {
    AddOutside(buckets, index, times);
  }
}

void Sketch::AddOutside(Buckets& buckets, std::int32_t index, std::uint64_t times) {
  const Buckets one{index, {times}};
  const Buckets none;
  AddBuckets(&buckets == &positive_ ? one : none, &buckets == &positive_ ? none : one, scale_);
}

void Sketch::AddBuckets(const Buckets& positive, const Buckets& negative, int scale) {
  while (UnionSize(positive_, positive, scale - scale_) > kMaxBuckets ||
         UnionSize(negative_, negative, scale - scale_) > kMaxBuckets) {
    ReduceScale(scale_ - 1);
  }
  AddTo(positive_, positive, scale - scale_);
  AddTo(negative_, negative, scale - scale_);
}

void Sketch::Merge(const Sketch& other) {
  if (other.empty()) return;
  ReduceScale(other.scale_);
  AddBuckets(other.positive_, other.negative_, other.scale_);
  zero_count_ += other.zero_count_;
  count_ += other.count_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

void Sketch::Subtract(const Sketch& merged_before) {
  if (merged_before.empty()) return;
  assert(merged_before.scale_ >= scale_);
  TakeFrom(positive_, merged_before.positive_, merged_before.scale_ - scale_);
  TakeFrom(negative_, merged_before.negative_, merged_before.scale_ - scale_);
  zero_count_ -= std::min(zero_count_, merged_before.zero_count_);
  count_ = TotalOf(positive_) + TotalOf(negative_) + zero_count_;
  if (count_ == 0) {
    Clear();
    return;
  }
  sum_ -= merged_before.sum_;
  min_ = std::max(min_, LowestBound());
  max_ = std::min(max_, HighestBound());
}

void Sketch::ReduceScale(int scale) {
  assert(scale >= kMinScale);
  if (scale >= scale_) return;
  Coarsen(positive_, scale_ - scale);
  Coarsen(negative_, scale_ - scale);
  scale_ = scale;
}

void Sketch::Clear() {
  count_ = zero_count_ = 0;
  sum_ = 0;
  min_ = std::numeric_limits<double>::infinity();
  max_ = -std::numeric_limits<double>::infinity();
  for (Buckets* buckets : {&positive_, &negative_}) {
    buckets->offset = 0;
    buckets->counts.clear();
  }
}

double Sketch::LowestBound() const {
  if (!negative_.counts.empty()) return -UpperBound(LastIndex(negative_), scale_);
  if (zero_count_ != 0) return 0;
  return LowerBound(FirstIndex(positive_), scale_);
}

double Sketch::HighestBound() const {
  if (!positive_.counts.empty()) return UpperBound(LastIndex(positive_), scale_);
  if (zero_count_ != 0) return 0;
  return -LowerBound(FirstIndex(negative_), scale_);
}

double Sketch::Quantile(double q) const {
  double value = 0;
  Quantiles(std::span(&q, 1), std::span(&value, 1));
  return value;
}

void Sketch::Quantiles(std::span<const double> qs, std::span<double> out) const {
  assert(qs.size() == out.size() && std::ranges::is_sorted(qs));
  if (empty()) {
    std::ranges::fill(out, std::numeric_limits<double>::quiet_NaN());
    return;
  }
  std::size_t next = 0;
  std::uint64_t rank = RankOf(qs.empty() ? 0 : qs[0], count_);
  std::uint64_t seen = 0;
  // Takes the next bucket by rising value: answers each quantile whose rank lies in it.
  const auto pass = [&](std::uint64_t count, auto&& representative) {
    seen += count;
    while (seen >= rank && next < qs.size()) {
      out[next++] = std::clamp(representative(), min_, max_);
      if (next < qs.size()) rank = RankOf(qs[next], count_);
    }
  };
  for (std::size_t k = negative_.counts.size(); k-- > 0 && next < qs.size();) {
    if (negative_.counts[k] == 0) continue;
    const auto index = negative_.offset + static_cast<std::int32_t>(k);
    pass(negative_.counts[k],
         [&] { return -Representative(LowerBound(index, scale_), UpperBound(index, scale_)); });
  }
  if (zero_count_ != 0) pass(zero_count_, [] { return 0.0; });
  for (std::size_t k = 0; k < positive_.counts.size() && next < qs.size(); ++k) {
    if (positive_.counts[k] == 0) continue;
    const auto index = positive_.offset + static_cast<std::int32_t>(k);
    pass(positive_.counts[k],
         [&] { return Representative(LowerBound(index, scale_), UpperBound(index, scale_)); });
  }
  while (next < qs.size()) out[next++] = max_;
}

double Sketch::sum() const {
  if (std::isnan(sum_)) return 0;  // infinities of both signs met
  constexpr double kLargest = std::numeric_limits<double>::max();
  return std::clamp(sum_, -kLargest, kLargest);
}

double Sketch::min() const {
  return empty() ? std::numeric_limits<double>::quiet_NaN() : min_;
}
double Sketch::max() const {
  return empty() ? std::numeric_limits<double>::quiet_NaN() : max_;
}

std::size_t Sketch::HeapBytes() const {
  return (positive_.counts.capacity() + negative_.counts.capacity()) * sizeof(std::uint64_t);
}

bool operator==(const Sketch& a, const Sketch& b) {
  const auto equal = [](const Sketch::Buckets& x, const Sketch::Buckets& y) {
    return x.offset == y.offset && x.counts == y.counts;
  };
  return a.scale_ == b.scale_ && a.count_ == b.count_ && a.zero_count_ == b.zero_count_ && a.sum_ == b.sum_ &&
         a.min_ == b.min_ && a.max_ == b.max_ && equal(a.positive_, b.positive_) &&
         equal(a.negative_, b.negative_);
}

}  // namespace obs
