// Turns the running totals of several producers into the growth of one counter.
//
// Each producer's totals are followed apart, as "baselines". The first total of a baseline counts in full,
// later ones by how much they grew. A fall means that the producer restarted and counted from zero, so the
// new total counts in full. A total older than one already seen says nothing new.
//
// Thread safety: a value; none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "absl/container/inlined_vector.h"
#include "base/clock.h"

namespace obs {

// Tells running totals of different producers apart. kSharedBaseline: the total outlives its producers.
using BaselineId = std::uint32_t;
inline constexpr BaselineId kSharedBaseline = 0;

class CounterBaselines {
 public:
  // A baseline that was not used for so long makes room when a new one comes.
  static constexpr std::int64_t kIdleNs = 3600 * kNanosPerSecond;

  // The last total of one producer.
  struct Baseline {
    BaselineId id = kSharedBaseline;
    std::int64_t timestamp_ns = 0;
    std::int64_t used_ns = 0;  // monotonic
    double total = 0;
  };

  // The counter's value after `total`, having been `value`, or nullopt if it is stale. `timestamp_ns` is not
  // later than `unix_now_ns`; `now_ns` is monotonic time. Where the Unix clock was set back, a baseline is
  // from its future: then what grows is newer, and what falls is stale.
  std::optional<double> Apply(double value, BaselineId id, std::int64_t timestamp_ns, double total,
                              std::int64_t unix_now_ns, std::int64_t now_ns);
  // Moves the monotonic times of all.
  void Shift(std::int64_t ns);

  std::span<const Baseline> all() const { return {baselines_.data(), baselines_.size()}; }
  void Restore(std::span<const Baseline> baselines) { baselines_.assign(baselines.begin(), baselines.end()); }

  std::size_t size() const { return baselines_.size(); }
  std::size_t HeapBytes() const;

 private:
  Baseline* Find(BaselineId id);

  absl::InlinedVector<Baseline, 1> baselines_;
};

}  // namespace obs
