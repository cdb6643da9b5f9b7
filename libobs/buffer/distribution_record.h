// What a histogram observed in one slot of time, or in a few neighbouring ones, as history holds it: sparse,
// since most of a sketch's buckets are empty over a short time.
//
// Thread safety: a value; const methods may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "model/distribution.h"

namespace obs {

struct BucketCount {
  std::int32_t index;  // of a sketch's bucket, or the number of an explicit one
  std::uint64_t count;

  friend bool operator==(const BucketCount&, const BucketCount&) = default;
};

// By rising index, none empty.
using SparseBuckets = std::vector<BucketCount>;

struct DistributionRecord {
  // What is known of each slot alone. By rising time.
  struct Slot {
    std::int64_t timestamp_us;  // of the newest sample in it
    std::uint64_t count;
    double sum;

    friend bool operator==(const Slot&, const Slot&) = default;
  };
  absl::InlinedVector<Slot, 1> slots;

  // Of all slots together. Explicit buckets have `scale` kExplicit, use only `positive`, and no min and max.
  static constexpr int kExplicit = 127;
  int scale = Sketch::kDefaultScale;
  std::uint64_t zero_count = 0;
  SparseBuckets positive;
  SparseBuckets negative;
  double min = std::numeric_limits<double>::infinity();  // of no meaning if count() is 0
  double max = -std::numeric_limits<double>::infinity();

  bool empty() const { return slots.empty(); }
  bool is_explicit() const { return scale == kExplicit; }
  // For records that are not empty.
  std::int64_t oldest_us() const { return slots.front().timestamp_us; }
  std::int64_t newest_us() const { return slots.back().timestamp_us; }
  std::uint64_t count() const;
  // Buckets that are not empty.
  std::size_t buckets() const { return positive.size() + negative.size() + (zero_count != 0 ? 1 : 0); }

  // Empties it. Keeps the memory.
  void Clear();
  // Adds to the newest slot. `distribution` is of the same layout.
  void Add(const Distribution& distribution);
  // Adds single observations to the newest slot, all of a sketch.
  void Observe(const std::vector<double>& values);
  // Adds the newer record's observations, not its slots.
  void MergeBuckets(const DistributionRecord& newer);
  // Merges neighbouring buckets until the scale is at most `to_scale`.
  void ReduceScale(int to_scale);

  std::size_t HeapBytes() const;

  friend bool operator==(const DistributionRecord&, const DistributionRecord&) = default;
};

}  // namespace obs
