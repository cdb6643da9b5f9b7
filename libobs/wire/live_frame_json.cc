#include <cmath>
#include <limits>

#include "base/json_text.h"
#include "wire/live_codecs.h"

namespace obs {
namespace {

void AppendStringMember(std::string& out, std::string_view key, std::string_view value) {
  out += key;
  AppendJsonString(out, value);
}

void AppendNumberMember(std::string& out, std::string_view key, double value) {
  out += key;
  AppendJsonNumber(out, value);
}

void AppendBound(std::string& out, double bound) {
  if (bound == std::numeric_limits<double>::infinity()) {
    out += "\"+Inf\"";
  } else {
    AppendJsonNumber(out, bound);
  }
}

void AppendTime(std::string& out, std::int64_t timestamp_us, bool history) {
  if (history) out += ",\"history\":true";
  out += ",\"timestamp\":";
  AppendJsonMillis(out, timestamp_us);
}

// A series' encoded part is a JSON object that still lacks its closing brace; a sample's is the rest of it.
class JsonBodyWriter final : public LiveBodyWriter {
 public:
  void Announce(std::string_view) override {}

  void AddSample(const EncodedSample& sample) override {
    if (!samples_.empty()) samples_ += ',';
    samples_ += sample.series;
    samples_ += sample.sample;
  }

  void AddGone(std::uint32_t, std::string_view series) override {
    if (!gone_.empty()) gone_ += ',';
    gone_ += series;
    gone_ += '}';
  }

  std::size_t bytes() const override { return samples_.size() + gone_.size(); }
  bool empty() const override { return samples_.empty() && gone_.empty(); }

  std::string Finish() override {
    constexpr std::string_view kSamples = ",\"samples\":[";
    constexpr std::string_view kGone = "],\"gone\":[";
    constexpr std::string_view kEnd = "]}";
    std::string out;
    out.reserve(kSamples.size() + samples_.size() + kGone.size() + gone_.size() + kEnd.size());
    out += kSamples;
    out += samples_;
    out += kGone;
    out += gone_;
    out += kEnd;
    return out;
  }

 private:
  std::string samples_;
  std::string gone_;
};

class JsonCodec final : public LiveCodec {
 public:
  void AppendHead(std::string& out, const LiveFrameHead& head) const override {
    out += "{\"seq\":";
    AppendJsonInteger(out, head.seq);
    out += ",\"timestamp\":";
    AppendJsonMillis(out, head.timestamp_us);
    out += ",\"skipped\":";
    AppendJsonInteger(out, head.skipped);
  }

  void AppendSeries(std::string& out, std::uint32_t, const SeriesIdentity& identity) const override {
    AppendStringMember(out, "{\"name\":", identity.name);
    AppendStringMember(out, ",\"service\":", identity.service);
    AppendStringMember(out, ",\"instance\":", identity.instance);
    out += ",\"labels\":{";
    bool first = true;
    for (const LabelView label : identity.labels) {
      if (!first) out += ',';
      first = false;
      AppendJsonString(out, label.name);
      out += ':';
      AppendJsonString(out, label.value);
    }
    AppendStringMember(out, "},\"kind\":", KindName(identity.kind));
  }

  void AppendValue(std::string& out, std::int64_t timestamp_us, double value, bool history) const override {
    AppendTime(out, timestamp_us, history);
    AppendNumberMember(out, ",\"value\":", value);
    out += '}';
  }

  void AppendHistogram(std::string& out, std::uint32_t, std::int64_t timestamp_us,
                       const HistogramState& state, bool history) const override {
    AppendTime(out, timestamp_us, history);
    out += ",\"count\":";
    AppendJsonInteger(out, state.count);
    AppendNumberMember(out, ",\"sum\":", state.sum);
    if (state.window_count == 0) {
      out +=
          ",\"p50\":null,\"p90\":null,\"p95\":null,\"p99\":null,\"p999\":null,\"min\":null,\"max\":null"
          ",\"buckets\":[]}";
      return;
    }
    AppendNumberMember(out, ",\"p50\":", state.p50);
    AppendNumberMember(out, ",\"p90\":", state.p90);
    AppendNumberMember(out, ",\"p95\":", state.p95);
    AppendNumberMember(out, ",\"p99\":", state.p99);
    AppendNumberMember(out, ",\"p999\":", state.p999);
    AppendNumberMember(out, ",\"min\":", state.min);
    AppendNumberMember(out, ",\"max\":", state.max);
    out += ",\"buckets\":[";
    bool first = true;
    for (const auto& [bound, count] : state.buckets) {
      out += first ? "[" : ",[";
      first = false;
      AppendBound(out, bound);
      out += ',';
      AppendJsonInteger(out, count);
      out += ']';
    }
    out += "]}";
  }

  std::unique_ptr<LiveBodyWriter> NewBody(std::int64_t) const override {
    return std::make_unique<JsonBodyWriter>();
  }
};

}  // namespace

const LiveCodec& JsonLiveCodec() {
  static const JsonCodec codec;
  return codec;
}

}  // namespace obs
