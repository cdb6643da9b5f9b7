// Values as a host's metrics have them, second after second: sizes that stay, loads that wander, totals that
// grow by much, by little or not at all. Deterministic: the same each run.
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "model/metric_kind.h"
#include "model/sketch.h"

namespace obs {

class HostValues {
 public:
  explicit HostValues(std::uint64_t series);

  static MetricKind KindOf(std::uint64_t series);
  static std::string NameOf(std::uint64_t series);

  // The value of `series` a second later.
  double Next(std::uint64_t series);

  // What a histogram of request durations gathers in a second.
  Sketch NextDurations();

 private:
  double Uniform() { return std::uniform_real_distribution<double>()(random_); }

  std::mt19937_64 random_{1};
  std::vector<double> values_;
};

}  // namespace obs
