// Decides, from what is measured a few times a second, whether the aggregator has more to take in than it
// can.
//
// It has if its threads wait for a core although it uses much of them itself (where others use them, refusing
// samples would not help), or if it holds nearly as much memory as it may.
//
// Thread safety: none.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace obs {

class OverloadDetector {
 public:
  static constexpr std::int64_t kPeriodNs = 50 * kNanosPerMilli;  // between measurements
  static constexpr std::int64_t kLateNs = 8 * kNanosPerMilli;     // half of a tick of the live view

  struct Measurement {
    std::int64_t now_ns = 0;   // monotonic
    std::int64_t late_ns = 0;  // after it was to be taken
    double cpu_seconds = 0;    // used since the start
    std::uint64_t resident_bytes = 0;
  };

  // `memory_limit_bytes` of 0: none.
  OverloadDetector(unsigned cores, std::uint64_t memory_limit_bytes);

  void Observe(const Measurement& measurement);

  bool lacks_cpu() const { return lacks_cpu_; }
  bool lacks_memory() const { return lacks_memory_; }

 private:
  static constexpr std::size_t kWindow = 10;  // measurements

  // Of all cores, from the oldest measurement to the newest.
  double CpuShare() const;
  std::size_t LateOnes() const;

  const unsigned cores_;
  const std::uint64_t memory_limit_bytes_;
  std::array<Measurement, kWindow> window_{};
  std::size_t observed_ = 0;
  bool lacks_cpu_ = false;
  bool lacks_memory_ = false;
};

}  // namespace obs
