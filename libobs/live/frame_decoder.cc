#include "live/frame_decoder.h"

#include <utility>

#include "fmt/format.h"
#include "telemetry.pb.h"

namespace obs {
namespace {

constexpr int kStatistics = 7;  // p50, p90, p95, p99, p999, min, max

// The year 9999 ends: nobody means what is later, and functions of the system's calendar refuse much of it.
constexpr std::int64_t kMaxTimestampUs = 253'402'300'799'000'000;

bool IsPlausible(std::int64_t timestamp_us) {
  return timestamp_us >= 0 && timestamp_us <= kMaxTimestampUs;
}

absl::StatusOr<SeriesIdentity> IdentityOf(const telemetry::LiveSeries& series) {
  if (series.kind() < telemetry::KIND_GAUGE || series.kind() > telemetry::KIND_HISTOGRAM) {
    return absl::InvalidArgumentError(fmt::format("series {} is of unknown kind", series.name()));
  }
  std::vector<LabelPair> pairs;
  for (const auto& [name, value] : series.labels()) pairs.push_back({name, value});
  auto labels = LabelSet::FromPairs(std::move(pairs));
  if (!labels.ok()) return labels.status();
  return SeriesIdentity{series.name(), static_cast<MetricKind>(series.kind()), series.service(),
                        series.instance(), *std::move(labels)};
}

HistogramState StateOf(const telemetry::LiveHistogram& histogram) {
  HistogramState out;
  out.count = histogram.count();
  out.sum = histogram.sum();
  if (histogram.statistics_size() != kStatistics) return out;
  const auto& statistics = histogram.statistics();
  out.p50 = statistics[0], out.p90 = statistics[1], out.p95 = statistics[2], out.p99 = statistics[3];
  out.p999 = statistics[4], out.min = statistics[5], out.max = statistics[6];
  const int buckets = std::min(histogram.bucket_bounds_size(), histogram.bucket_counts_size());
  if (histogram.has_scale()) out.scale = histogram.scale();
  for (int i = 0; i < buckets; ++i) {
    out.buckets.emplace_back(histogram.bucket_bounds(i), histogram.bucket_counts(i));
    out.window_count += histogram.bucket_counts(i);
  }
  return out;
}

}  // namespace

absl::StatusOr<DecodedFrame> LiveFrameDecoder::Decode(std::string_view bytes) {
  telemetry::LiveFrame frame;
  if (!frame.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::InvalidArgumentError("not a live frame");
  }
  if (frame.seq() == 1) series_.clear();
  for (const telemetry::LiveSeries& series : frame.series()) {
    auto identity = IdentityOf(series);
    if (!identity.ok()) return identity.status();
    series_[series.ref()] = std::make_shared<const SeriesIdentity>(*std::move(identity));
  }
  const int columns = frame.refs_size();
  if (frame.timestamp_deltas_us_size() != columns || frame.values_size() != columns) {
    return absl::InvalidArgumentError("a live frame's columns differ in length");
  }

  DecodedFrame out;
  out.head = {frame.seq(), frame.timestamp_us(), frame.skipped(), frame.history()};
  bool unknown = false;
  bool plausible = IsPlausible(frame.timestamp_us());
  const auto find = [&](std::uint32_t ref) {
    const auto found = series_.find(ref);
    unknown = unknown || found == series_.end();
    return found == series_.end() ? nullptr : found->second;
  };
  std::int64_t timestamp_us = frame.timestamp_us();
  for (int i = 0; i < columns; ++i) {
    plausible = plausible &&
                !__builtin_add_overflow(timestamp_us, frame.timestamp_deltas_us(i), &timestamp_us) &&
                IsPlausible(timestamp_us);
    out.samples.push_back({find(frame.refs(i)), timestamp_us, frame.history(), frame.values(i), {}});
  }
  for (const telemetry::LiveHistogram& histogram : frame.histograms()) {
    plausible = plausible && IsPlausible(histogram.timestamp_us());
    out.samples.push_back(
        {find(histogram.ref()), histogram.timestamp_us(), frame.history(), 0, StateOf(histogram)});
  }
  for (const std::uint32_t ref : frame.gone()) {
    // One that expired before it was this watcher's turn to hear of it may be unknown.
    if (auto known = series_.extract(ref)) out.gone.push_back(std::move(known.mapped()));
  }
  if (!plausible) return absl::InvalidArgumentError("a live frame has a timestamp out of range");
  if (unknown) return absl::InvalidArgumentError("a live frame names a series that was never announced");
  return out;
}

}  // namespace obs
