#include "app/sample_lines.h"

#include <algorithm>
#include <ctime>

#include "app/terminal_text.h"
#include "base/clock.h"
#include "base/json_text.h"
#include "fmt/chrono.h"
#include "fmt/format.h"
#include "wire/live_frame.h"

namespace obs {
namespace {

bool IsHistogram(const LiveSample& sample) {
  return sample.series->kind == MetricKind::kHistogram;
}

// "12:03:44.123", local time.
std::string TimeOfDay(std::int64_t timestamp_us) {
  const auto seconds = static_cast<std::time_t>(timestamp_us / kMicrosPerSecond);
  const auto millis = timestamp_us % kMicrosPerSecond / kMicrosPerMilli;
  return fmt::format("{:%H:%M:%S}.{:03}", fmt::localtime(seconds), millis);
}

// Widens a column up to a limit, so that one long name does not push all else off the screen.
class Column {
 public:
  explicit Column(std::size_t max_width) : max_width_(max_width) {}

  void MakeRoom(std::string_view text) {
    width_ = std::max(width_, std::min(DisplayWidth(text), max_width_));
  }

  std::string Pad(std::string text) {
    MakeRoom(text);
    const std::size_t width = DisplayWidth(text);
    if (width < width_) text.append(width_ - width, ' ');
    return text;
  }

 private:
  const std::size_t max_width_;
  std::size_t width_ = 0;
};

class TextLines final : public SampleLines {
 public:
  void MakeRoom(const LiveSample& sample) override {
    source_.MakeRoom(SourceText(*sample.series));
    series_.MakeRoom(SeriesText(*sample.series));
  }

  void AppendSample(std::string& out, const LiveSample& sample) override {
    const SeriesIdentity& series = *sample.series;
    out += fmt::format("{}  {}  {}  ", TimeOfDay(sample.timestamp_us), source_.Pad(SourceText(series)),
                       series_.Pad(SeriesText(series)));
    if (IsHistogram(sample)) {
      AppendHistogram(out, sample.histogram);
    } else {
      AppendJsonNumber(out, sample.value);
    }
    out += '\n';
  }

 private:
  static void AppendHistogram(std::string& out, const HistogramState& state) {
    out += fmt::format("count={} sum={:.6g}", state.count, state.sum);
    if (state.window_count == 0) return;
    out += fmt::format(" p50={:.6g} p90={:.6g} p99={:.6g} max={:.6g}", state.p50, state.p90, state.p99,
                       state.max);
  }

  Column source_{32};
  Column series_{64};
};

class JsonLines final : public SampleLines {
 public:
  void AppendSample(std::string& out, const LiveSample& sample) override {
    const LiveCodec& codec = LiveCodec::For(LiveFormat::kJson);
    codec.AppendSeries(out, 0, *sample.series);
    if (IsHistogram(sample)) {
      codec.AppendHistogram(out, 0, sample.timestamp_us, sample.histogram, sample.history);
    } else {
      codec.AppendValue(out, sample.timestamp_us, sample.value, sample.history);
    }
    out += '\n';
  }
};

class CsvLines final : public SampleLines {
 public:
  void AppendHeader(std::string& out) override {
    out += "timestamp,service,instance,name,labels,kind,value,count,sum,p50,p90,p95,p99,p999,min,max\n";
  }

  void AppendSample(std::string& out, const LiveSample& sample) override {
    const SeriesIdentity& series = *sample.series;
    AppendJsonMillis(out, sample.timestamp_us);
    for (const std::string& field :
         {series.service, series.instance, series.name, LabelsText(series.labels)}) {
      out += ',';
      AppendField(out, field);
    }
    out += ',';
    out += KindName(series.kind);
    out += ',';
    if (IsHistogram(sample)) {
      AppendHistogram(out, sample.histogram);
    } else {
      AppendJsonNumber(out, sample.value);
      out += ",,,,,,,,,";
    }
    out += '\n';
  }

 private:
  static void AppendHistogram(std::string& out, const HistogramState& state) {
    out += fmt::format(",{},", state.count);
    AppendJsonNumber(out, state.sum);
    for (const double value :
         {state.p50, state.p90, state.p95, state.p99, state.p999, state.min, state.max}) {
      out += ',';
      if (state.window_count > 0) AppendJsonNumber(out, value);
    }
  }

  static std::string LabelsText(const LabelSet& labels) {
    std::string out;
    for (const LabelView label : labels) {
      if (!out.empty()) out += ',';
      out += label.name;
      out += '=';
      AppendJsonString(out, label.value);
    }
    return out;
  }

  static void AppendField(std::string& out, const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) {
      out += text;
      return;
    }
    out += '"';
    for (const char c : text) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }
};

}  // namespace

std::unique_ptr<SampleLines> SampleLines::Text() {
  return std::make_unique<TextLines>();
}
std::unique_ptr<SampleLines> SampleLines::Json() {
  return std::make_unique<JsonLines>();
}
std::unique_ptr<SampleLines> SampleLines::Csv() {
  return std::make_unique<CsvLines>();
}

}  // namespace obs
