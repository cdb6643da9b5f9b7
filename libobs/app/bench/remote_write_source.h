// The same load as Prometheus's remote write has it: requests that other servers take, for measuring them
// beside ours. Written so that it costs the machine little beside the server: labels are encoded once.
//
// Each request has as many samples of each series, a millisecond apart, all later than the request's before.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/bench/bench_series.h"

namespace obs {

// One connection's share of the series.
struct RemoteWriteSourceOptions {
  std::uint64_t first_series = 0;
  std::uint64_t series = 0;
  std::uint64_t series_per_metric = 100;
};

class RemoteWriteSource {
 public:
  explicit RemoteWriteSource(const RemoteWriteSourceOptions& options);

  // The next `samples` of each series: a WriteRequest as a block of Snappy. Valid until the next call.
  std::string_view Next(std::int64_t now_ms, std::uint64_t samples);

 private:
  std::string_view LabelsOf(std::size_t index) const;

  std::string labels_;                      // encoded, series by series
  std::vector<std::uint32_t> label_begin_;  // where in labels_ each begins, and the end
  std::vector<BenchShape> shapes_;
  std::uint64_t round_ = 0;  // one sample of each series
  std::int64_t timestamp_ms_ = 0;
  std::vector<BenchMoment> moments_;  // of the request
  std::string request_;
  std::string compressed_;
};

}  // namespace obs
