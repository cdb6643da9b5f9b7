#include "ingest/batch_applier.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace obs {
namespace {

constexpr std::size_t kLookAhead = 16;  // samples

std::span<const LabelView> LabelsOf(const BatchView& batch, IndexRange range) {
  return std::span(batch.labels).subspan(range.begin, range.size);
}

MetricKind KindOf(SampleForm form) {
  switch (form) {
    case SampleForm::kHistogram: return MetricKind::kHistogram;
    case SampleForm::kCounter:
    case SampleForm::kIncrement: return MetricKind::kCounter;
    case SampleForm::kNone:
    case SampleForm::kGauge: return MetricKind::kGauge;
  }
  return MetricKind::kGauge;
}

bool IsEmpty(const HistogramView& histogram) {
  return histogram.bounds.size == 0 && histogram.counts.size == 0 && histogram.observations.size == 0 &&
         !histogram.has_sketch;
}

// The observation, if that is all that `histogram` holds: it needs no distribution.
std::optional<double> SingleObservation(const HistogramView& histogram) {
  if (histogram.observations.size != 1 || histogram.bounds.size != 0 || histogram.counts.size != 0 ||
      histogram.has_sketch) {
    return std::nullopt;
  }
  return DoubleCursor(histogram.observations.bytes).Next();
}

}  // namespace

// One batch, while its node is locked.
class BatchApplier::Run {
 public:
  Run(BatchApplier& scratch, const BatchView& batch, std::uint64_t batch_number, const Target& target,
      std::int64_t now_ns, std::int64_t max_skew_ns)
      : scratch_(scratch),
        batch_(batch),
        batch_number_(batch_number),
        target_(target),
        now_ns_(now_ns),
        admitted_(now_ns, max_skew_ns),
        writer_(*target.node, now_ns, target.received_ns) {}

  void ApplyAll() {
    for (const MetricView& metric : batch_.metrics) ApplyMetric(metric);
    for (const ColumnsView& columns : batch_.columns) ApplyColumns(columns);
    for (const HistogramPointView& point : batch_.points) ApplyPoint(point);
  }

  const Outcome& outcome() const { return outcome_; }

 private:
  void ApplyMetric(const MetricView& metric) {
    Series* series = nullptr;
    MetricKind series_kind = MetricKind::kGauge;
    for (std::uint32_t i = metric.samples.begin; i < metric.samples.begin + metric.samples.size; ++i) {
      const SampleView& sample = batch_.samples[i];
      if (!AdmitSample(sample, metric.name)) continue;
      const MetricKind kind = KindOf(sample.form);
      if (series == nullptr || kind != series_kind) {
        series = FindSeries(metric, kind);
        series_kind = kind;
        if (series == nullptr) continue;  // counted, and the next sample is counted by itself
      }
      Write(*series, sample);
    }
  }

  // True if nothing is wrong with the sample itself; otherwise it is counted as rejected. A histogram is then
  // in scratch_.distribution_.
  bool AdmitSample(const SampleView& sample, std::string_view name) {
    if (!AdmitTime(sample.timestamp_ns, name)) return false;
    switch (sample.form) {
      case SampleForm::kNone: return Reject(RejectReason::kNoValue, name);
      case SampleForm::kHistogram: return AdmitDistribution(sample.histogram, name);
      case SampleForm::kIncrement:
        if (sample.value < 0) return Reject(RejectReason::kNegativeIncrement, name);
        [[fallthrough]];
      case SampleForm::kGauge: return std::isfinite(sample.value) || Reject(RejectReason::kNotFinite, name);
      case SampleForm::kCounter: return true;
    }
    return true;
  }

  bool AdmitTime(std::int64_t timestamp_ns, std::string_view name) {
    return timestamp_ns == 0 || admitted_.Contains(timestamp_ns) ||
           Reject(RejectReason::kTimestampOutOfRange, name);
  }

  bool AdmitDistribution(std::uint32_t index, std::string_view name) {
    if (const auto value = SingleObservation(batch_.histograms[index])) {
      return std::isfinite(*value) || Reject(RejectReason::kNotFinite, name);
    }
    const auto reason = AdmitHistogram(batch_.histograms[index], &scratch_.distribution_, &scratch_.detail_);
    return !reason || Reject(*reason, name, scratch_.detail_);
  }

  // Null, and a rejection counted, if there is none.
  Series* FindSeries(const MetricView& metric, MetricKind kind) {
    std::vector<LabelView>& labels = scratch_.labels_;
    SeriesFault fault = scratch_.batch_fault_;
    if (fault == SeriesFault::kNone) {
      fault = MergeLabels(LabelsOf(batch_, metric.labels), scratch_.batch_labels_, &labels);
    }
    if (fault == SeriesFault::kNone && metric.name.size() > kMaxNameBytes) fault = SeriesFault::kInvalidName;
    if (fault != SeriesFault::kNone) {
      Reject(ReasonOf(fault), metric.name);
      return nullptr;
    }
    const std::string_view key = target_.cache->MakeKey(metric.name, kind, labels);
    if (Series* const known = target_.cache->Find(key)) return known;
    return MakeSeries(metric, kind, key);
  }

  // The series of what is in scratch_.labels_.
  Series* MakeSeries(const MetricView& metric, MetricKind kind, std::string_view key) {
    SeriesFault fault = CheckMetricName(metric.name);
    if (fault == SeriesFault::kNone) fault = CheckLabelViews(scratch_.labels_);
    if (fault != SeriesFault::kNone) {
      Reject(ReasonOf(fault), metric.name);
      return nullptr;
    }
    Refusal refusal = Refusal::kNone;
    SeriesPtr series =
        writer_.Resolve(metric.name, kind, ToLabelSet(scratch_.labels_), target_.quota, &refusal);
    if (series == nullptr) {
      Reject(ReasonOf(refusal), metric.name);
      return nullptr;
    }
    Series* const raw = series.get();
    target_.cache->Insert(key, std::move(series));
    return raw;
  }

  void Write(Series& series, const SampleView& sample) {
    const std::int64_t timestamp_ns = sample.timestamp_ns != 0 ? sample.timestamp_ns : now_ns_;
    switch (sample.form) {
      case SampleForm::kNone: return;
      case SampleForm::kGauge: writer_.SetGauge(series, timestamp_ns, sample.value); break;
      case SampleForm::kIncrement: writer_.Increment(series, timestamp_ns, sample.value); break;
      case SampleForm::kHistogram: WriteDistribution(series, timestamp_ns, sample.histogram); break;
      case SampleForm::kCounter:
        if (!WriteTotal(series, timestamp_ns, sample.value, target_.baseline)) return;
    }
    Accept(sample.timestamp_ns);
  }

  // False, and a duplicate counted, if the total says nothing new.
  bool WriteTotal(Series& series, std::int64_t timestamp_ns, double total, BaselineId baseline) {
    if (writer_.SetTotal(series, timestamp_ns, total, baseline) == ApplyResult::kApplied) return true;
    ++outcome_.samples.stale;
    return false;
  }

  void WriteDistribution(Series& series, std::int64_t timestamp_ns, std::uint32_t index) {
    const HistogramView& histogram = batch_.histograms[index];
    if (const auto value = SingleObservation(histogram)) {
      writer_.Observe(series, timestamp_ns, *value);
    } else if (!IsEmpty(
                   histogram)) {  // else it has no layout of buckets either, and must not change the series'
      writer_.MergeDistribution(series, timestamp_ns, scratch_.distribution_);
    }
  }

  void ApplyColumns(const ColumnsView& columns) {
    const bool has_deltas = columns.deltas.size != 0;
    const bool has_time = columns.base_timestamp_ns != 0;
    std::int64_t timestamp_ns = has_time ? columns.base_timestamp_ns : now_ns_;
    VarintCursor refs(columns.refs.bytes);
    VarintCursor deltas(columns.deltas.bytes);
    DoubleCursor values(columns.values.bytes);
    // Series lie anywhere in memory: those of the next samples are on their way while these are written.
    std::array<StreamDictionary::Ref*, kLookAhead> ahead;
    for (std::size_t left = columns.refs.size; left != 0;) {
      const std::size_t size = std::min(left, kLookAhead);
      left -= size;
      for (std::size_t i = 0; i < size; ++i) {
        ahead[i] = target_.dictionary->Find(static_cast<std::uint32_t>(refs.Next()));
        if (ahead[i] != nullptr && ahead[i]->series != nullptr) ahead[i]->series->Prefetch();
      }
      for (std::size_t i = 0; i < size; ++i) {
        if (has_deltas) timestamp_ns = Advance(timestamp_ns, UnZigZag(deltas.Next()));
        const double value = values.Next();
        if (ApplyValue(ahead[i], timestamp_ns, value, columns.increments))
          Accept(has_time ? timestamp_ns : 0);
      }
    }
  }

  // False, and counted, if it was not written. `ref` is null for a number that was not announced.
  bool ApplyValue(StreamDictionary::Ref* ref, std::int64_t timestamp_ns, double value, bool increment) {
    if (!MakeReady(ref)) return false;
    if (!std::isfinite(value)) [[unlikely]]
      return Reject(RejectReason::kNotFinite, NameOf(*ref));
    if (!admitted_.Contains(timestamp_ns)) [[unlikely]]
      return Reject(RejectReason::kTimestampOutOfRange, NameOf(*ref));
    return WriteValue(*ref, timestamp_ns, value, increment);
  }

  // Modulo 2^64: a sum that overflows is out of the admitted range.
  static std::int64_t Advance(std::int64_t timestamp_ns, std::int64_t delta) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(timestamp_ns) +
                                     static_cast<std::uint64_t>(delta));
  }

  // False, and a rejection counted, if `ref` cannot be written to.
  bool MakeReady(StreamDictionary::Ref* ref) {
    if (ref == nullptr) [[unlikely]]
      return Reject(RejectReason::kUnknownRef, "");
    if (ref->ready()) [[likely]]
      return true;
    RejectReason reason = RejectReason::kUnknownRef;
    return target_.dictionary->Resolve(*ref, writer_, target_.quota, &reason) || Reject(reason, NameOf(*ref));
  }

  std::string_view NameOf(const StreamDictionary::Ref& ref) const { return target_.dictionary->NameOf(ref); }

  // False, and counted, if it was not written.
  bool WriteValue(const StreamDictionary::Ref& ref, std::int64_t timestamp_ns, double value, bool increment) {
    switch (ref.kind) {
      case MetricKind::kGauge: writer_.SetGauge(*ref.series, timestamp_ns, value); return true;
      case MetricKind::kHistogram: writer_.Observe(*ref.series, timestamp_ns, value); return true;
      case MetricKind::kCounter: break;
    }
    if (value < 0) return Reject(RejectReason::kNegativeIncrement, NameOf(ref));
    if (!increment) {
      return WriteTotal(*ref.series, timestamp_ns, value,
                        ref.shared_total ? kSharedBaseline : target_.baseline);
    }
    writer_.Increment(*ref.series, timestamp_ns, value);
    return true;
  }

  void ApplyPoint(const HistogramPointView& point) {
    StreamDictionary::Ref* const ref = target_.dictionary->Find(point.ref);
    if (!MakeReady(ref)) return;
    const std::string_view name = NameOf(*ref);
    if (ref->kind != MetricKind::kHistogram) {
      Reject(RejectReason::kWrongKind, name, "a distribution for what was not announced as a histogram");
      return;
    }
    if (!AdmitTime(point.timestamp_ns, name) || !AdmitDistribution(point.histogram, name)) return;
    const std::int64_t timestamp_ns = point.timestamp_ns != 0 ? point.timestamp_ns : now_ns_;
    if (!point.running_total) {
      WriteDistribution(*ref->series, timestamp_ns, point.histogram);
    } else if (!WriteRunningTotal(*ref->series, timestamp_ns, point.histogram, name)) {
      return;
    }
    Accept(point.timestamp_ns);
  }

  // False, and counted, if it is no running total or an old one.
  bool WriteRunningTotal(Series& series, std::int64_t timestamp_ns, std::uint32_t index,
                         std::string_view name) {
    if (batch_.histograms[index].counts.size == 0) {
      return Reject(RejectReason::kInvalidHistogram, name, "a running total has explicit buckets");
    }
    const auto& total = std::get<ExplicitHistogram>(scratch_.distribution_);
    if (writer_.MergeRunningTotal(series, timestamp_ns, total) == ApplyResult::kApplied) return true;
    ++outcome_.samples.stale;
    return false;
  }

  // `sent_ns`: the timestamp that was sent; 0 if none was.
  void Accept(std::int64_t sent_ns) {
    ++outcome_.samples.accepted;
    outcome_.newest_ns = std::max(outcome_.newest_ns, sent_ns);
  }

  // Counts it. Returns false.
  bool Reject(RejectReason reason, std::string_view name, std::string_view detail = {}) {
    ++outcome_.samples.rejected[static_cast<std::size_t>(reason)];
    target_.notes->Add(reason, batch_number_, name, detail);
    return false;
  }

  BatchApplier& scratch_;
  const BatchView& batch_;
  const std::uint64_t batch_number_;
  const Target& target_;
  const std::int64_t now_ns_;
  const TimeRange admitted_;
  NodeWriter writer_;
  Outcome outcome_;
};

void BatchApplier::TakeBatchLabels(const BatchView& batch) {
  batch_fault_ = MergeLabels(batch.batch_labels, {}, &batch_labels_);
  if (batch_fault_ == SeriesFault::kNone) batch_fault_ = CheckLabelViews(batch_labels_);
  if (batch_fault_ != SeriesFault::kNone) batch_labels_.clear();
}

void BatchApplier::Announce(const BatchView& batch, StreamDictionary* dictionary) {
  TakeBatchLabels(batch);
  for (const AnnouncementView& announcement : batch.announcements) {
    dictionary->Announce(announcement, LabelsOf(batch, announcement.labels), batch_labels_, batch_fault_);
  }
}

BatchApplier::Outcome BatchApplier::Apply(const BatchView& batch, std::uint64_t batch_number,
                                          const Target& target, std::int64_t now_ns,
                                          std::int64_t max_skew_ns) {
  TakeBatchLabels(batch);
  target.dictionary->Bind(target.node);
  Run run(*this, batch, batch_number, target, now_ns, max_skew_ns);
  run.ApplyAll();
  return run.outcome();
}

}  // namespace obs
