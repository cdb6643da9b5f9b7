// The text line parsers: any bytes give samples that keep their promises, or an error that can be printed.
// The first byte, '0' to '4', picks the format; the rest are lines.

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "wire/line_parser.h"
#include "wire/series_text.h"

namespace obs {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

void CheckStatus(const absl::Status& status) {
  Require(IsValidUtf8(std::string_view(status.message().data(), status.message().size())));
}

// What is read is written and read again as the same.
void CheckSeries(const ParsedSample& sample) {
  const auto series = ParseSeriesText(sample.series, sample.series_column);
  if (!series.ok()) return CheckStatus(series.status());
  std::string text;
  AppendSeriesText(text, series->name, std::vector<LabelPair>(series->labels.begin(), series->labels.end()));
  const auto again = ParseSeriesText(text);
  Require(again.ok() && again->name == series->name && again->labels == series->labels);
}

void CheckSample(const ParsedSample& sample) {
  using Form = ParsedSample::Form;
  Require(!sample.series.empty() && sample.times > 0 && sample.timestamp_ns >= 0);
  Require(std::isfinite(sample.value));
  const bool distribution = sample.form == Form::kDistribution || sample.form == Form::kRunningDistribution;
  Require(distribution == (sample.distribution != nullptr));
  if (sample.kind == MetricKind::kCounter) Require(sample.value >= 0);
  if (sample.distribution != nullptr) {
    Require(std::isfinite(SumOf(*sample.distribution)));
    if (CountOf(*sample.distribution) != 0) Require(std::isfinite(QuantileOf(*sample.distribution, 0.5)));
  }
  CheckSeries(sample);
}

void CheckSamples(const LineParser& parser) {
  for (const ParsedSample& sample : parser.samples()) CheckSample(sample);
}

}  // namespace
}  // namespace obs

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  obs::LineParser parser(static_cast<obs::LineFormat>(static_cast<std::uint8_t>(data[0] - '0') % 5));
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  while (!text.empty()) {
    // Of its own, so that AddressSanitizer sees a read beyond its end.
    const std::string line(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    obs::CheckStatus(parser.Parse(line));
    obs::CheckSamples(parser);
  }
  obs::CheckStatus(parser.Finish());
  obs::CheckSamples(parser);
  return 0;
}
