// What the text line formats are turned into: samples that point into the line, or into the batch they are
// in.
//
// Thread safety: values; a ParsedSamples belongs to one parser at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/distribution.h"
#include "model/metric_kind.h"

namespace obs {

// One measurement.
struct ParsedSample {
  enum class Form : std::uint8_t {
    kGauge,                // value: now
    kTotal,                // value: a counter's running total, not negative
    kIncrement,            // value: growth of a counter, not negative
    kObservation,          // value: one observation of a histogram, made `times` times
    kDistribution,         // distribution: what a histogram observed since its last one
    kRunningDistribution,  // distribution: what a histogram observed since it began, in explicit buckets
  };

  // Which series: name and labels in the syntax of series_text.h. Equal bytes and equal kind mean the same
  // series, so a caller keeps a cache by them, and calls ParseSeriesText() only for what it has not seen.
  std::string_view series;
  // Whom the line says it is from; empty if it does not say. JSON Lines only.
  std::string_view service;
  std::string_view instance;
  MetricKind kind = MetricKind::kGauge;
  Form form = Form::kGauge;
  double value = 0;  // finite
  std::uint64_t times = 1;
  const Distribution* distribution = nullptr;
  std::int64_t timestamp_ns = 0;  // Unix time; 0: not given
  // Where in its line `series` begins, for ParseSeriesText(); 0 if it was put together from parts of the
  // line.
  std::uint32_t series_column = 0;
};

// The samples of one line, and those of their parts that are not in the line's own bytes.
class ParsedSamples {
 public:
  std::span<const ParsedSample> span() const { return samples_; }

  ParsedSample& Add() { return samples_.emplace_back(); }
  std::string_view Keep(std::string text) { return texts_.emplace_back(std::move(text)); }
  const Distribution* Keep(Distribution value) { return &distributions_.emplace_back(std::move(value)); }

  void Clear() {
    samples_.clear();
    if (!texts_.empty()) texts_.clear();
    if (!distributions_.empty()) distributions_.clear();
  }

 private:
  std::vector<ParsedSample> samples_;
  // Deques, since samples point at their elements.
  std::deque<std::string> texts_;
  std::deque<Distribution> distributions_;
};

}  // namespace obs
