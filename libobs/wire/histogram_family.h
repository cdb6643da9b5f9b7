// Puts together the lines of a Prometheus histogram family: NAME_bucket, NAME_sum and NAME_count.
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/explicit_histogram.h"
#include "wire/parsed_sample.h"

namespace obs {

class HistogramFamily {
 public:
  enum class Part : std::uint8_t { kBucket, kSum, kCount };

  // Takes one line of `family`: its part, series text and value. A family other than before, or a line that
  // the page already had, completes what came before: it is added to `out`.
  // Errors: INVALID_ARGUMENT with the column, or naming the series that is not sound.
  absl::Status Add(std::string_view family, Part part, std::string_view series, std::size_t column,
                   double value, std::int64_t timestamp_ns, ParsedSamples& out);

  // Completes what came before.
  absl::Status Flush(ParsedSamples& out);

 private:
  using Bucket = std::pair<double, double>;  // upper bound, running total of all up to it

  // One series of the family, as far as its lines have come.
  struct Pending {
    std::string series;  // without le
    std::vector<Bucket> buckets;
    std::optional<double> sum;
    std::optional<double> count;
    std::int64_t timestamp_ns = 0;

    bool Has(Part part, double bound) const;
    void Set(Part part, double bound, double value);
    absl::StatusOr<ExplicitHistogram> ToHistogram();
  };

  Pending* Find(const std::string& series);
  absl::Status Complete(Pending& pending, ParsedSamples& out);

  std::string family_;
  std::vector<Pending> pending_;
  absl::flat_hash_map<std::string, std::size_t> index_;  // into pending_, by series
};

}  // namespace obs
