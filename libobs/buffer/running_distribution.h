// What a histogram observed since it began, without the slot that is not over: grows by records of history.
//
// Counts beyond 64 bits in all are left out.
//
// Thread safety: a value; const methods may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <variant>

#include "buffer/compact_counts.h"
#include "buffer/distribution_record.h"
#include "model/distribution.h"

namespace obs {

// As Sketch, but for how it holds its counts.
struct CompactSketch {
  int scale = Sketch::kDefaultScale;
  std::uint64_t count = 0;
  std::uint64_t zero_count = 0;
  double sum = 0;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
  CompactCounts positive;
  CompactCounts negative;

  void Add(const DistributionRecord& record, std::uint64_t added);
  void ReduceScale(int to_scale);
  Sketch Unpack() const;
};

class RunningDistribution {
 public:
  RunningDistribution() = default;
  explicit RunningDistribution(const Distribution& distribution);

  // True if `distribution` has the same layout: see Mergeable().
  bool TakesIn(const Distribution& distribution) const;
  // Null if this is a sketch.
  const ExplicitHistogram* explicit_histogram() const { return std::get_if<ExplicitHistogram>(&total_); }
  // A distribution of the same layout with nothing in it.
  Distribution EmptyLike() const;

  // `record` is of the same layout, or empty.
  void Add(const DistributionRecord& record);

  std::uint64_t count() const;
  double sum() const;
  Distribution Unpack() const;

  std::size_t HeapBytes() const;

 private:
  std::variant<CompactSketch, ExplicitHistogram> total_;
};

}  // namespace obs
