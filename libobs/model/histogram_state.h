// What a watcher sees of a histogram.
//
// Thread safety: a value.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace obs {

struct HistogramState {
  std::uint64_t count = 0;  // running totals; fall only if the client changes its bucket layout
  double sum = 0;
  // Over the sliding window. All below is of no meaning if window_count is 0.
  std::uint64_t window_count = 0;
  double p50 = 0, p90 = 0, p95 = 0, p99 = 0, p999 = 0, min = 0, max = 0;
  // Of a sketch's buckets; explicit buckets have none.
  std::optional<int> scale;
  // Upper bound (+Inf for the open last bucket of explicit buckets) and count, not cumulative. Those that are
  // not empty, in rising order; of explicit buckets also an empty one right below, which tells where it
  // begins.
  std::vector<std::pair<double, std::uint64_t>> buckets;
};

}  // namespace obs
