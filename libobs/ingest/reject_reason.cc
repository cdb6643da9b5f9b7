#include "ingest/reject_reason.h"

namespace obs {
namespace {

struct Words {
  std::string_view name;
  std::string_view text;
};

constexpr std::array<Words, kRejectReasonCount> kWords = {{
    {"invalid_name", "a metric name has 1 to 512 bytes"},
    {"invalid_label",
     "a label name has 1 to 128 bytes and does not start with \"__\", a value at most 1024 bytes"},
    {"duplicate_label", "a label name occurs twice"},
    {"too_many_labels", "a series has at most 64 labels"},
    {"invalid_utf8", "names, label names and label values are UTF-8"},
    {"not_finite", "a value is NaN or infinite"},
    {"negative_increment", "a counter's increment or total is below zero"},
    {"timestamp_out_of_range", "the timestamp is too far from the aggregator's clock"},
    {"invalid_histogram", "the histogram is not well-formed"},
    {"no_value", "the sample has no value"},
    {"unknown_ref", "the ref was not announced on this stream"},
    {"wrong_kind", "the announced kind does not fit"},
    {"missing_identity", "a batch needs service and instance, 1 to 256 bytes of UTF-8 each"},
    {"series_limit", "the aggregator holds its maximum of series"},
    {"key_series_limit", "this key holds its maximum of series"},
    {"memory_limit", "the aggregator is at its memory limit"},
}};

}  // namespace

std::string_view ReasonName(RejectReason reason) {
  return kWords[static_cast<std::size_t>(reason)].name;
}

std::string_view ReasonText(RejectReason reason) {
  return kWords[static_cast<std::size_t>(reason)].text;
}

RejectReason ReasonOf(SeriesFault fault) {
  switch (fault) {
    case SeriesFault::kNone:
    case SeriesFault::kInvalidName: return RejectReason::kInvalidName;
    case SeriesFault::kInvalidLabel: return RejectReason::kInvalidLabel;
    case SeriesFault::kDuplicateLabel: return RejectReason::kDuplicateLabel;
    case SeriesFault::kTooManyLabels: return RejectReason::kTooManyLabels;
    case SeriesFault::kInvalidUtf8: return RejectReason::kInvalidUtf8;
  }
  return RejectReason::kInvalidName;
}

RejectReason ReasonOf(Refusal refusal) {
  switch (refusal) {
    case Refusal::kKeySeriesLimit: return RejectReason::kKeySeriesLimit;
    case Refusal::kMemoryLimit: return RejectReason::kMemoryLimit;
    case Refusal::kNone:
    case Refusal::kTotalSeriesLimit: return RejectReason::kSeriesLimit;
  }
  return RejectReason::kSeriesLimit;
}

}  // namespace obs
