// What it takes to continue a series elsewhere: its identity and newest state, without its past.
//
// Thread safety: a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "buffer/counter_baselines.h"
#include "buffer/histogram_series.h"
#include "model/label_set.h"
#include "model/metric_kind.h"

namespace obs {

struct SeriesSnapshot {
  std::string name;
  MetricKind kind = MetricKind::kGauge;
  LabelSet labels;
  std::string owner;  // of the quota that it counts against

  std::int64_t timestamp_us = 0;  // Unix time of the newest sample
  std::int64_t updated_ns = 0;    // monotonic time of its receipt
  double value = 0;               // gauges and counters
  std::vector<CounterBaselines::Baseline> baselines;
  std::optional<HistogramSeries::Totals> histogram;
};

}  // namespace obs
