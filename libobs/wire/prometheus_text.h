// Prometheus's exposition format (text 0.0.4; of OpenMetrics, what is the same), a page or several in a row.
//
// By the "# TYPE" line of their family:
//   counter            running totals
//   gauge, untyped     gauges; so are families without a TYPE, and kinds not listed here
//   summary            its quantiles as gauges; NAME_sum and NAME_count as counters
//   histogram          NAME_bucket, NAME_sum and NAME_count become one histogram with explicit buckets
//
// A page has running totals, of histograms as of counters, and so have its samples. A histogram is complete
// when another family, or its next page, begins, or the input ends.
//
// NaN means that there is no value, and is skipped. Exemplars and NAME_created are skipped.
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "wire/histogram_family.h"
#include "wire/parsed_sample.h"
#include "wire/text_cursor.h"

namespace obs {

class PrometheusTextParser {
 public:
  // Families whose TYPE is kept. At the limit, further TYPE lines are refused.
  static constexpr std::size_t kMaxFamilies = 100'000;

  // Takes a line, which is not blank and may be a comment. Adds what it completes to `out`.
  // Errors: INVALID_ARGUMENT with the column, or naming the histogram that is not sound.
  absl::Status Parse(std::string_view line, ParsedSamples& out);

  // Adds the histogram that the input ended in.
  absl::Status Finish(ParsedSamples& out) { return histograms_.Flush(out); }

  bool has_seen_type() const { return !types_.empty(); }

 private:
  enum class Type : std::uint8_t { kGauge, kCounter, kSummary, kHistogram };
  struct Line;
  struct Role;

  absl::Status ParseComment(TextCursor cursor, ParsedSamples& out);
  absl::Status ParseSample(TextCursor cursor, ParsedSamples& out);
  Role RoleOf(std::string_view name) const;
  static bool HasSuffix(Type type, std::string_view suffix);

  absl::flat_hash_map<std::string, Type> types_;  // by family
  HistogramFamily histograms_;
};

}  // namespace obs
