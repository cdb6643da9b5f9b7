// A TelemetryBatch as views into its bytes: what batch_decoder.h makes.
//
// Well-formed as a message, and nothing more: names may be too long or no UTF-8, labels may occur twice,
// values may be NaN. Judging samples is up to the receiver.
//
// Thread safety: a value. It lives as long as the bytes and the decoder that made it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "model/label_set.h"
#include "wire/packed.h"

namespace obs {

// A run of elements of one of BatchView's vectors.
struct IndexRange {
  std::uint32_t begin = 0;
  std::uint32_t size = 0;
};

struct BucketsView {
  std::int32_t offset = 0;
  PackedView counts;  // varints
};

struct HistogramView {
  PackedView bounds;        // doubles
  PackedView counts;        // varints
  PackedView observations;  // doubles
  std::optional<double> sum;

  // The sketch; of meaning only if has_sketch.
  bool has_sketch = false;
  std::int32_t scale = 0;
  std::uint64_t zero_count = 0;
  std::uint64_t sketch_count = 0;
  double sketch_sum = 0;
  double min = 0;
  double max = 0;
  BucketsView positive;
  BucketsView negative;
};

enum class SampleForm : std::uint8_t { kNone, kGauge, kCounter, kIncrement, kHistogram };

struct SampleView {
  std::int64_t timestamp_ns = 0;  // 0: the time of receipt
  double value = 0;               // a counter's running total as a double
  std::uint32_t histogram = 0;    // index into histograms
  SampleForm form = SampleForm::kNone;
};

// Samples that share a name and labels: one Metric of the grouped form, or one sample of the flat form.
struct MetricView {
  std::string_view name;
  IndexRange labels;
  IndexRange samples;
};

struct AnnouncementView {
  std::uint32_t ref = 0;
  std::uint32_t kind = 0;  // as on the wire: may be no known kind
  std::string_view name;
  IndexRange labels;
  bool shared_total = false;
};

// `deltas` is empty or as long as `refs`; `values` is as long as `refs`.
struct ColumnsView {
  std::int64_t base_timestamp_ns = 0;
  PackedView refs;    // varints
  PackedView deltas;  // varints in zigzag
  PackedView values;  // doubles
  bool increments = false;
};

struct HistogramPointView {
  std::uint32_t ref = 0;
  std::int64_t timestamp_ns = 0;
  std::uint32_t histogram = 0;  // index into histograms
  bool running_total = false;
};

struct ReportView {
  std::uint64_t sent = 0;
  std::vector<std::pair<std::string_view, std::uint64_t>> dropped;
};

struct BatchView {
  std::string_view service;
  std::string_view instance;
  std::string_view producer;
  std::uint64_t sequence = 0;
  std::vector<LabelView> batch_labels;
  bool has_report = false;
  ReportView report;

  std::vector<MetricView> metrics;
  std::vector<AnnouncementView> announcements;
  std::vector<ColumnsView> columns;
  std::vector<HistogramPointView> points;

  std::vector<LabelView> labels;  // but those of the batch
  std::vector<SampleView> samples;
  std::vector<HistogramView> histograms;

  std::uint64_t sample_count = 0;  // of all forms
};

}  // namespace obs
