#include "app/sample_router.h"

#include <utility>
#include <variant>

#include "absl/strings/string_view.h"
#include "fmt/format.h"
#include "wire/series_text.h"

namespace obs {
namespace {

using Form = ParsedSample::Form;

void Write(BatchWriter& writer, std::uint32_t ref, std::int64_t timestamp, const ParsedSample& sample) {
  switch (sample.form) {
    case Form::kGauge:
    case Form::kTotal: return writer.Add(ref, timestamp, sample.value);
    case Form::kIncrement: return writer.AddIncrement(ref, timestamp, sample.value);
    case Form::kObservation: break;
    case Form::kDistribution:
      if (const auto* buckets = std::get_if<ExplicitHistogram>(sample.distribution)) {
        return writer.AddExplicit(ref, timestamp, *buckets);
      }
      return writer.AddSketch(ref, timestamp, std::get<Sketch>(*sample.distribution));
    case Form::kRunningDistribution:
      return writer.AddRunningTotal(ref, timestamp, std::get<ExplicitHistogram>(*sample.distribution));
  }
  if (sample.times == 1) return writer.Add(ref, timestamp, sample.value);
  Sketch sketch;
  sketch.Insert(sample.value, sample.times);
  writer.AddSketch(ref, timestamp, sketch);
}

}  // namespace

SampleRouter::SampleRouter(std::string service, std::string instance, LabelSet labels, TakeBatch take_batch)
    : labels_(std::move(labels)), take_batch_(std::move(take_batch)) {
  outlets_.push_back(std::make_unique<Outlet>());
  Outlet& outlet = *outlets_.back();
  outlet.source.service = service;
  outlet.source.instance = instance;
  by_source_[{std::move(service), std::move(instance)}] = &outlet;
}

absl::Status SampleRouter::Add(const ParsedSample& sample, std::int64_t now_nanos) {
  const auto outlet = FindOutlet(sample);
  if (!outlet.ok()) return outlet.status();
  const auto ref = FindRef(**outlet, sample);
  if (!ref.ok()) return ref.status();
  BatchWriter& writer = (*outlet)->writer;
  Write(writer, *ref, sample.timestamp_ns != 0 ? sample.timestamp_ns : now_nanos, sample);
  ++pending_;
  if (writer.samples() >= kFullBatchSamples || writer.bytes() >= kFullBatchBytes) HandOut(**outlet);
  return absl::OkStatus();
}

void SampleRouter::Flush() {
  if (pending_ == 0) return;
  for (const auto& outlet : outlets_) {
    if (!outlet->writer.empty()) HandOut(*outlet);
  }
}

absl::StatusOr<SampleRouter::Outlet*> SampleRouter::FindOutlet(const ParsedSample& sample) {
  Outlet& standard = *outlets_.front();
  if (sample.service.empty() && sample.instance.empty()) return &standard;
  std::pair<std::string, std::string> key(
      sample.service.empty() ? standard.source.service : std::string(sample.service),
      sample.instance.empty() ? standard.source.instance : std::string(sample.instance));
  if (const auto it = by_source_.find(key); it != by_source_.end()) return it->second;
  if (outlets_.size() >= kMaxSources) {
    return absl::ResourceExhaustedError(
        fmt::format("more than {} services and instances in one input", kMaxSources));
  }
  auto outlet = std::make_unique<Outlet>();
  outlet->source.service = key.first;
  outlet->source.instance = key.second;
  outlet->source.index = outlets_.size();
  outlets_.push_back(std::move(outlet));
  return by_source_[std::move(key)] = outlets_.back().get();
}

absl::StatusOr<std::uint32_t> SampleRouter::FindRef(Outlet& outlet, const ParsedSample& sample) {
  auto& refs = outlet.refs[static_cast<std::size_t>(sample.kind)];
  const absl::string_view text(sample.series.data(), sample.series.size());
  if (const auto it = refs.find(text); it != refs.end()) return it->second;

  auto series = ParseSeriesText(sample.series, sample.series_column);
  if (!series.ok()) return series.status();
  const LabelSet labels = labels_.empty() ? std::move(series->labels) : series->labels.WithDefaults(labels_);
  // A total that comes from elsewhere goes on whichever process passes it on.
  const bool is_counter = sample.kind == MetricKind::kCounter;
  const auto ref = outlet.source.catalog.FindOrAdd({series->name, sample.kind, labels, is_counter});
  if (!ref) {
    return absl::ResourceExhaustedError(fmt::format("more than {} series in one input", kMaxSeriesPerSource));
  }
  // One series can be written in endless ways; what is only cached may go.
  if (refs.size() >= 2 * kMaxSeriesPerSource) refs.clear();
  refs.emplace(std::string(sample.series), *ref);
  return *ref;
}

void SampleRouter::HandOut(Outlet& outlet) {
  EncodedBatch batch = outlet.writer.Take();
  pending_ -= batch.samples;
  take_batch_(outlet.source, std::move(batch));
}

}  // namespace obs
