// Why samples never reach the aggregator, and how many: the sender's half of the ledger.
//
// Thread safety: every method may be called from any thread, without waiting.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "model/series_rules.h"

namespace obs {

enum class Loss : std::uint8_t {
  kNotFinite,
  kNegativeIncrement,
  kInvalidName,
  kInvalidLabel,
  kDuplicateLabel,
  kTooManyLabels,
  kInvalidUtf8,
  kSeriesLimit,
  kOutOfMemory,
  kBufferFull,  // not confirmed before newer samples needed the room
  kTooLarge,    // a batch over the aggregator's size limit
  kRefused,     // a batch that the aggregator does not understand
  kDamaged,     // a batch that cannot be read from the spool again
};
inline constexpr std::size_t kLossCount = 13;

// As in the ledger, for example "buffer_full".
std::string_view LossName(Loss loss);

// `fault` is not kNone.
Loss LossOf(SeriesFault fault);

class LossCounts {
 public:
  void Add(Loss loss, std::uint64_t samples) {
    counts_[static_cast<std::size_t>(loss)].fetch_add(samples, std::memory_order_relaxed);
  }
  // Takes back: `samples` that were added have not been lost after all.
  void Recover(Loss loss, std::uint64_t samples) {
    counts_[static_cast<std::size_t>(loss)].fetch_sub(samples, std::memory_order_relaxed);
  }
  std::uint64_t Get(Loss loss) const {
    return counts_[static_cast<std::size_t>(loss)].load(std::memory_order_relaxed);
  }
  std::uint64_t Total() const;
  // Of samples that were in batches: lost on the way rather than on recording.
  std::uint64_t InBatches() const {
    return Get(Loss::kBufferFull) + Get(Loss::kTooLarge) + Get(Loss::kRefused) + Get(Loss::kDamaged);
  }

  // Calls fn(Loss, count) for each reason that occurred.
  template <typename Fn>
  void ForEach(Fn&& fn) const {
    for (std::size_t i = 0; i < kLossCount; ++i) {
      const std::uint64_t count = Get(static_cast<Loss>(i));
      if (count != 0) fn(static_cast<Loss>(i), count);
    }
  }

 private:
  std::array<std::atomic<std::uint64_t>, kLossCount> counts_{};
};

}  // namespace obs
