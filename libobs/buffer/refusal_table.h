// Who was refused new series, for which metric and why: the most frequent, in bounded memory.
//
// When full: the least frequent entry gives its place, and its count, to the new one (the "space-saving"
// algorithm): a count may be too high by what it took over, but whoever is refused most is always there.
//
// Thread safety: any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"

namespace obs {

enum class Refusal : std::uint8_t {
  kNone,
  kTotalSeriesLimit,  // the store holds its maximum of series
  kKeySeriesLimit,    // the key holds its maximum of series
  kMemoryLimit,
};

struct RefusedSeries {
  std::string metric;
  std::string owner;  // name of the key
  Refusal reason = Refusal::kNone;
  std::uint64_t count = 0;
};

class RefusalTable {
 public:
  static constexpr std::size_t kMaxEntries = 100;

  void Count(std::string_view metric, std::string_view owner, Refusal reason);

  // The most refused first, at most `limit`.
  std::vector<RefusedSeries> Most(std::size_t limit) const;

 private:
  mutable Mutex mutex_;
  std::vector<RefusedSeries> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace obs
