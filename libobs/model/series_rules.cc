#include "model/series_rules.h"

#include "base/utf8.h"

namespace obs {

std::string_view FaultName(SeriesFault fault) {
  switch (fault) {
    case SeriesFault::kNone: return "";
    case SeriesFault::kInvalidName: return "invalid_name";
    case SeriesFault::kInvalidLabel: return "invalid_label";
    case SeriesFault::kDuplicateLabel: return "duplicate_label";
    case SeriesFault::kTooManyLabels: return "too_many_labels";
    case SeriesFault::kInvalidUtf8: return "invalid_utf8";
  }
  return "unknown";
}

SeriesFault CheckMetricName(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes) return SeriesFault::kInvalidName;
  return IsValidUtf8(name) ? SeriesFault::kNone : SeriesFault::kInvalidUtf8;
}

SeriesFault CheckLabel(std::string_view name, std::string_view value) {
  if (name.empty() || name.size() > kMaxLabelNameBytes || value.size() > kMaxLabelValueBytes ||
      name.starts_with(kReservedLabelPrefix)) {
    return SeriesFault::kInvalidLabel;
  }
  return IsValidUtf8(name) && IsValidUtf8(value) ? SeriesFault::kNone : SeriesFault::kInvalidUtf8;
}

SeriesFault CheckLabels(std::span<const LabelPair> labels) {
  if (labels.size() > kMaxLabels) return SeriesFault::kTooManyLabels;
  const LabelPair* previous = nullptr;
  for (const LabelPair& label : labels) {
    const SeriesFault fault = CheckLabel(label.name, label.value);
    if (fault != SeriesFault::kNone) return fault;
    if (previous != nullptr && previous->name == label.name) return SeriesFault::kDuplicateLabel;
    previous = &label;
  }
  return SeriesFault::kNone;
}

}  // namespace obs
