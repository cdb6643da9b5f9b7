// The series that a load consists of: half gauges and half counters, so many to a metric, with four labels
// each, and values that move as real ones do. Deterministic: the same each run.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/label_set.h"
#include "model/metric_kind.h"

namespace obs {

inline constexpr std::string_view kBenchService = "obs-bench";

// One of the series. Gauge and counter take turns by metric.
struct BenchSeries {
  BenchSeries(std::uint64_t series, std::uint64_t series_per_metric)
      : number(series), metric(series / series_per_metric), place(series % series_per_metric) {}

  MetricKind kind() const { return metric % 2 == 1 ? MetricKind::kCounter : MetricKind::kGauge; }
  std::string Name() const;
  LabelSet Labels() const;

  std::uint64_t number;
  std::uint64_t metric;
  std::uint64_t place;  // within its metric
};

// How a series' values move: a counter is a whole running total that grows, a gauge goes up and down by
// quarters.
struct BenchShape {
  double base = 0;
  double growth = 0;  // a round; 0 for a gauge
  double swing = 0;   // 0 for a counter
};
BenchShape BenchShapeOf(const BenchSeries& series);

// What all shapes have in common in round 0, 1, 2 ...
struct BenchMoment {
  explicit BenchMoment(std::uint64_t round);

  double ValueOf(const BenchShape& shape) const {
    return shape.base + shape.growth * elapsed + shape.swing * wave;
  }

  double elapsed;
  double wave;
};

}  // namespace obs
