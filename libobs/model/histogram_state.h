// What a watcher sees of a histogram.
//
// Thread safety: a value.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace obs {

struct HistogramState {
  std::uint64_t count = 0;  // running totals; fall only if the client changes its bucket layout
  double sum = 0;
  // Over the sliding window. All below is of no meaning if window_count is 0.
  std::uint64_t window_count = 0;
  double p50 = 0, p90 = 0, p95 = 0, p99 = 0, p999 = 0, min = 0, max = 0;
  // Upper bound (+Inf for the open last bucket of explicit buckets) and count, not cumulative; not empty ones
  // only.
  std::vector<std::pair<double, std::uint64_t>> buckets;
};

}  // namespace obs
