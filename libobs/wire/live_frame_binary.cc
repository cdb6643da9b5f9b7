#include "wire/live_codecs.h"
#include "wire/proto_writer.h"

namespace obs {
namespace {

// Field numbers of telemetry.LiveFrame, LiveSeries and LiveHistogram.
enum FrameField : std::uint32_t {
  kSeq = 1,
  kTimestamp = 2,
  kSkipped = 3,
  kHistory = 4,
  kSeries = 5,
  kRefs = 6,
  kTimestampDeltas = 7,
  kValues = 8,
  kHistograms = 9,
  kGone = 10,
};
enum SeriesField : std::uint32_t {
  kSeriesRef = 1,
  kSeriesName = 2,
  kSeriesService = 3,
  kSeriesInstance = 4,
  kSeriesKind = 5,
  kSeriesLabels = 6,
};
enum HistogramField : std::uint32_t {
  kHistogramRef = 1,
  kHistogramTimestamp = 2,
  kHistogramCount = 3,
  kHistogramSum = 4,
  kHistogramStatistics = 5,
  kHistogramBounds = 6,
  kHistogramCounts = 7,
  kHistogramScale = 8,
};

void AppendPacked(std::string& out, std::uint32_t field, std::string_view packed) {
  if (!packed.empty()) AppendBytesField(out, field, packed);
}

class BinaryBodyWriter final : public LiveBodyWriter {
 public:
  explicit BinaryBodyWriter(std::int64_t timestamp_us) : previous_timestamp_us_(timestamp_us) {}

  void Announce(std::string_view series) override { AppendBytesField(series_, kSeries, series); }

  void AddSample(const EncodedSample& sample) override {
    if (sample.kind == MetricKind::kHistogram) {
      AppendBytesField(histograms_, kHistograms, sample.sample);
      return;
    }
    AppendVarint(refs_, sample.ref);
    AppendVarint(deltas_, ZigZag(sample.timestamp_us - previous_timestamp_us_));
    AppendDouble(values_, sample.value);
    previous_timestamp_us_ = sample.timestamp_us;
  }

  void AddGone(std::uint32_t ref, std::string_view) override { AppendVarint(gone_, ref); }

  std::size_t bytes() const override {
    return series_.size() + refs_.size() + deltas_.size() + values_.size() + histograms_.size() +
           gone_.size();
  }
  bool empty() const override { return bytes() == 0; }

  std::string Finish() override {
    constexpr std::size_t kTagsAndLengths = 4 * 11;
    std::string out;
    out.reserve(bytes() + kTagsAndLengths);
    out += series_;
    AppendPacked(out, kRefs, refs_);
    AppendPacked(out, kTimestampDeltas, deltas_);
    AppendPacked(out, kValues, values_);
    out += histograms_;
    AppendPacked(out, kGone, gone_);
    return out;
  }

 private:
  std::int64_t previous_timestamp_us_;
  std::string series_;  // with their tags, as histograms_; the others are packed
  std::string refs_;
  std::string deltas_;
  std::string values_;
  std::string histograms_;
  std::string gone_;
};

class BinaryCodec final : public LiveCodec {
 public:
  void AppendHead(std::string& out, const LiveFrameHead& head) const override {
    AppendVarintField(out, kSeq, head.seq);
    AppendVarintField(out, kTimestamp, static_cast<std::uint64_t>(head.timestamp_us));
    if (head.skipped != 0) AppendVarintField(out, kSkipped, head.skipped);
    if (head.history) AppendVarintField(out, kHistory, 1);
  }

  void AppendSeries(std::string& out, std::uint32_t ref, const SeriesIdentity& identity) const override {
    AppendVarintField(out, kSeriesRef, ref);
    AppendBytesField(out, kSeriesName, identity.name);
    AppendBytesField(out, kSeriesService, identity.service);
    AppendBytesField(out, kSeriesInstance, identity.instance);
    AppendVarintField(out, kSeriesKind, static_cast<std::uint64_t>(identity.kind));
    for (const LabelView label : identity.labels) AppendMapField(out, kSeriesLabels, label.name, label.value);
  }

  // Values go into columns: there is nothing to encode beforehand.
  void AppendValue(std::string&, std::int64_t, double, bool) const override {}

  void AppendHistogram(std::string& out, std::uint32_t ref, std::int64_t timestamp_us,
                       const HistogramState& state, bool) const override {
    AppendVarintField(out, kHistogramRef, ref);
    AppendVarintField(out, kHistogramTimestamp, static_cast<std::uint64_t>(timestamp_us));
    AppendVarintField(out, kHistogramCount, state.count);
    AppendDoubleField(out, kHistogramSum, state.sum);
    if (state.window_count == 0) return;
    std::string packed;
    for (const double statistic :
         {state.p50, state.p90, state.p95, state.p99, state.p999, state.min, state.max}) {
      AppendDouble(packed, statistic);
    }
    AppendPacked(out, kHistogramStatistics, packed);
    packed.clear();
    for (const auto& bucket : state.buckets) AppendDouble(packed, bucket.first);
    AppendPacked(out, kHistogramBounds, packed);
    packed.clear();
    for (const auto& bucket : state.buckets) AppendVarint(packed, bucket.second);
    AppendPacked(out, kHistogramCounts, packed);
    if (state.scale) AppendSint64Field(out, kHistogramScale, *state.scale);
  }

  std::unique_ptr<LiveBodyWriter> NewBody(std::int64_t timestamp_us) const override {
    return std::make_unique<BinaryBodyWriter>(timestamp_us);
  }
};

}  // namespace

const LiveCodec& BinaryLiveCodec() {
  static const BinaryCodec codec;
  return codec;
}

}  // namespace obs
