// Why a sample was rejected.
//
// Thread safety: pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "buffer/node.h"
#include "model/series_rules.h"

namespace obs {

enum class RejectReason : std::uint8_t {
  kInvalidName,
  kInvalidLabel,
  kDuplicateLabel,
  kTooManyLabels,
  kInvalidUtf8,
  kNotFinite,
  kNegativeIncrement,
  kTimestampOutOfRange,
  kInvalidHistogram,
  kNoValue,
  kUnknownRef,
  kWrongKind,
  kMissingIdentity,
  kSeriesLimit,
  kKeySeriesLimit,
  kMemoryLimit,
};

inline constexpr std::size_t kRejectReasonCount = 16;

// Samples rejected, by reason.
using RejectCounts = std::array<std::uint64_t, kRejectReasonCount>;

// The ledger's word, for example "not_finite".
std::string_view ReasonName(RejectReason reason);

// What is wrong, in words, for whoever sent it.
std::string_view ReasonText(RejectReason reason);

// In the ledger's words; neither is kNone.
RejectReason ReasonOf(SeriesFault fault);
RejectReason ReasonOf(Refusal refusal);

}  // namespace obs
