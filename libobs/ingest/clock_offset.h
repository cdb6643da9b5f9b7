// How far the clock of a producer is from ours, as far as its timestamps tell: by how much the newest sample
// of a batch was dated after its receipt, at the most of what came in the last 10 to 20 seconds.
//
// Delay makes timestamps older and never newer, so the most is nearest to the difference of clocks: above
// zero, the producer's is ahead by at least so much; below, it is behind, or everything that it sends is old.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace obs {

class ClockOffset {
 public:
  static constexpr std::int64_t kPeriodNs = 10 * kNanosPerSecond;

  // `newest_ns`: the newest timestamp of a batch, as it was sent; both are Unix time.
  void Take(std::int64_t newest_ns, std::int64_t now_ns);

  // Nullopt before anything had a timestamp. Stays as it was when nothing more comes.
  std::optional<std::int64_t> nanos() const;

 private:
  std::optional<std::int64_t> most_;         // of this period
  std::optional<std::int64_t> most_before_;  // of the period before it
  std::int64_t begin_ns_ = 0;                // of this period
};

}  // namespace obs
