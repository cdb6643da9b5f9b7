// Adds up records of history into one distribution.
//
// Thread safety: none.
#pragma once

#include <cstdint>
#include <vector>

#include "buffer/distribution_record.h"
#include "model/distribution.h"

namespace obs {

// A distribution of the same layout as `like`, with nothing in it.
Distribution EmptyLike(const Distribution& like);

class DistributionMerger {
 public:
  // `record` lives until Merge().
  void Add(const DistributionRecord& record) { shares_.push_back({&record, 1, 1}); }
  // Adds as much of each bucket as `part` is of `whole`.
  void AddShare(const DistributionRecord& record, std::uint64_t part, std::uint64_t whole) {
    shares_.push_back({&record, part, whole});
  }

  // All that was added since the last call. The records have the layout of `like`.
  Distribution Merge(const Distribution& like);

 private:
  struct Share {
    const DistributionRecord* record;
    std::uint64_t part;
    std::uint64_t whole;
  };
  Sketch MergeSketch() const;
  ExplicitHistogram MergeExplicit(const ExplicitHistogram& like) const;

  std::vector<Share> shares_;
};

}  // namespace obs
