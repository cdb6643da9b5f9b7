// Collects the samples of one batch into runs, one for each ring, since rings are written fastest in runs.
//
// Thread safety: none; lives on the stack of whoever writes a batch.
// When full: a run that is full, or whose place another ring needs, is written at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "buffer/ring_buffer.h"

namespace obs {

class SampleRuns {
 public:
  SampleRuns() = default;
  SampleRuns(const SampleRuns&) = delete;
  SampleRuns& operator=(const SampleRuns&) = delete;

  // Samples of one ring stay in order. `ring` lives until Flush().
  void Add(RingBuffer& ring, const RingSample& sample) {
    Run& run = runs_[PlaceOf(ring)];
    if (run.ring != &ring || run.size == kRunSize) [[unlikely]] {
      Flush(run);
      run.ring = &ring;
    }
    run.samples[run.size++] = sample;
  }

  // Writes all that is pending.
  void Flush() {
    for (Run& run : runs_) Flush(run);
  }

 private:
  // Batches often go round a few metrics: requests, errors, latency of one route, then of the next.
  static constexpr std::size_t kPlaces = 8;
  static constexpr std::size_t kRunSize = 32;

  struct Run {
    RingBuffer* ring = nullptr;
    std::size_t size = 0;
    std::array<RingSample, kRunSize> samples;  // not initialised: that would cost more than a small batch
  };

  static std::size_t PlaceOf(const RingBuffer& ring) {
    constexpr std::uint64_t kGoldenRatio = 0x9e3779b97f4a7c15;
    return static_cast<std::size_t>(reinterpret_cast<std::uintptr_t>(&ring) * kGoldenRatio >> 61);
  }

  static void Flush(Run& run) {
    if (run.size != 0) run.ring->Write(std::span(run.samples).first(run.size));
    run.size = 0;
  }

  std::array<Run, kPlaces> runs_;
};

}  // namespace obs
