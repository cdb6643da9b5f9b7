#include "live/tracked_series.h"

#include <utility>

namespace obs {

TrackedSeries::TrackedSeries(SeriesPtr series, std::uint32_t ref) : series_(std::move(series)), ref_(ref) {}

void TrackedSeries::SetState(const SeriesState& state) {
  state_.timestamp_us = state.timestamp_us;
  state_.version = state.version;
  state_.value = state.value;
  if (kind() == MetricKind::kHistogram) state_.histogram = state.histogram;
  for (Encoding& encoding : encodings_) encoding.current = false;
}

std::string_view TrackedSeries::EncodedSeries(LiveFormat format) {
  std::string& bytes = encoding(format).series;
  if (bytes.empty()) LiveCodec::For(format).AppendSeries(bytes, ref_, series_->identity());
  return bytes;
}

EncodedSample TrackedSeries::Encode(LiveFormat format) {
  const std::string_view constant = EncodedSeries(format);
  Encoding& cached = encoding(format);
  if (!cached.current) {
    cached.sample.clear();
    AppendSample(cached.sample, format, ref_, kind(), state_.timestamp_us, state_.value, state_.histogram,
                 false);
    cached.current = true;
  }
  return {ref_, kind(), constant, cached.sample, state_.timestamp_us, state_.value};
}

void AppendSample(std::string& out, LiveFormat format, std::uint32_t ref, MetricKind kind,
                  std::int64_t timestamp_us, double value, const HistogramState& histogram, bool history) {
  const LiveCodec& codec = LiveCodec::For(format);
  if (kind == MetricKind::kHistogram) {
    codec.AppendHistogram(out, ref, timestamp_us, histogram, history);
  } else {
    codec.AppendValue(out, timestamp_us, value, history);
  }
}

}  // namespace obs
