// What may name a series: the limits that telemetry.proto states, for the side that sends and the side that
// receives.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "model/label_set.h"

namespace obs {

inline constexpr std::size_t kMaxNameBytes = 512;
inline constexpr std::size_t kMaxLabels = 64;
inline constexpr std::size_t kMaxLabelNameBytes = 128;
inline constexpr std::size_t kMaxLabelValueBytes = 1024;
// Label names that start so are reserved.
inline constexpr std::string_view kReservedLabelPrefix = "__";

enum class SeriesFault : std::uint8_t {
  kNone,
  kInvalidName,
  kInvalidLabel,
  kDuplicateLabel,
  kTooManyLabels,
  kInvalidUtf8,
};

// The ledger's word, for example "invalid_name". Empty for kNone.
std::string_view FaultName(SeriesFault fault);

SeriesFault CheckMetricName(std::string_view name);
SeriesFault CheckLabel(std::string_view name, std::string_view value);
// `labels` are sorted by name.
SeriesFault CheckLabels(std::span<const LabelPair> labels);

}  // namespace obs
