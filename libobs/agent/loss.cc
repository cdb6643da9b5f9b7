#include "agent/loss.h"

namespace obs {

std::string_view LossName(Loss loss) {
  switch (loss) {
    case Loss::kNotFinite: return "not_finite";
    case Loss::kNegativeIncrement: return "negative_increment";
    case Loss::kInvalidName: return FaultName(SeriesFault::kInvalidName);
    case Loss::kInvalidLabel: return FaultName(SeriesFault::kInvalidLabel);
    case Loss::kDuplicateLabel: return FaultName(SeriesFault::kDuplicateLabel);
    case Loss::kTooManyLabels: return FaultName(SeriesFault::kTooManyLabels);
    case Loss::kInvalidUtf8: return FaultName(SeriesFault::kInvalidUtf8);
    case Loss::kSeriesLimit: return "series_limit";
    case Loss::kOutOfMemory: return "out_of_memory";
    case Loss::kBufferFull: return "buffer_full";
    case Loss::kTooLarge: return "too_large";
    case Loss::kRefused: return "refused";
    case Loss::kDamaged: return "spool_damaged";
  }
  return "unknown";
}

Loss LossOf(SeriesFault fault) {
  switch (fault) {
    case SeriesFault::kNone:
    case SeriesFault::kInvalidName: break;
    case SeriesFault::kInvalidLabel: return Loss::kInvalidLabel;
    case SeriesFault::kDuplicateLabel: return Loss::kDuplicateLabel;
    case SeriesFault::kTooManyLabels: return Loss::kTooManyLabels;
    case SeriesFault::kInvalidUtf8: return Loss::kInvalidUtf8;
  }
  return Loss::kInvalidName;
}

std::uint64_t LossCounts::Total() const {
  std::uint64_t total = 0;
  ForEach([&](Loss, std::uint64_t count) { total += count; });
  return total;
}

}  // namespace obs
