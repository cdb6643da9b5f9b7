// Judges what a well-formed batch holds: identity, labels, times, histograms. One bad sample costs the batch
// no more than that sample.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/reject_reason.h"
#include "model/distribution.h"
#include "wire/batch_view.h"

namespace obs {

inline constexpr std::size_t kMaxIdentityBytes = 256;
inline constexpr std::size_t kMaxProducerBytes = 64;

// True if a service or instance may be called `text`.
bool IsValidIdentity(std::string_view text);

// True if `text` may be a producer's id; it may be empty.
bool IsValidProducer(std::string_view text);

// The timestamps that are let in: those within `max_skew_ns` of `now_ns`.
class TimeRange {
 public:
  TimeRange(std::int64_t now_ns, std::int64_t max_skew_ns)
      : oldest_(static_cast<std::uint64_t>(now_ns) - static_cast<std::uint64_t>(max_skew_ns)),
        width_(2 * static_cast<std::uint64_t>(max_skew_ns)) {}

  bool Contains(std::int64_t timestamp_ns) const {
    return static_cast<std::uint64_t>(timestamp_ns) - oldest_ <=
           width_;  // modulo 2^64, so one comparison does
  }

 private:
  std::uint64_t oldest_;
  std::uint64_t width_;
};

// Makes `out` the labels `own`, and of `defaults` (sorted, each name once) those that `own` lacks; sorted by
// name. Finds duplicates and too many, and nothing else: see CheckLabelViews().
SeriesFault MergeLabels(std::span<const LabelView> own, std::span<const LabelView> defaults,
                        std::vector<LabelView>* out);

// Checks each label's name and value.
SeriesFault CheckLabelViews(std::span<const LabelView> labels);

// `labels` passed both of the above.
LabelSet ToLabelSet(std::span<const LabelView> labels);

// Makes `out` what `histogram` holds. On a rejection `detail` may say more than the reason does.
std::optional<RejectReason> AdmitHistogram(const HistogramView& histogram, Distribution* out,
                                           std::string* detail);

}  // namespace obs
