// What a LineParser makes of a text, as text, so that tests read as tables.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "wire/line_parser.h"
#include "wire/series_text.h"

namespace obs {

inline std::string DescribeDistribution(const Distribution& distribution) {
  if (const auto* buckets = std::get_if<ExplicitHistogram>(&distribution)) {
    return fmt::format("bounds {} counts {} sum {}", buckets->bounds(), buckets->counts(), buckets->sum());
  }
  return fmt::format("sketch of {}, sum {:.6g}, p50 {:.3g}", CountOf(distribution), SumOf(distribution),
                     QuantileOf(distribution, 0.5));
}

// "gauge cpu{core="0"} = 5 @1000": the series as it is read and written again.
inline std::string DescribeSample(const ParsedSample& sample) {
  std::string out(KindName(sample.kind));
  out += ' ';
  if (const auto series = ParseSeriesText(sample.series, sample.series_column); series.ok()) {
    AppendSeriesText(out, series->name, std::vector<LabelPair>(series->labels.begin(), series->labels.end()));
  } else {
    out += fmt::format("({})", std::string(series.status().message()));
  }
  switch (sample.form) {
    case ParsedSample::Form::kGauge: out += fmt::format(" = {}", sample.value); break;
    case ParsedSample::Form::kTotal: out += fmt::format(" total {}", sample.value); break;
    case ParsedSample::Form::kIncrement: out += fmt::format(" + {}", sample.value); break;
    case ParsedSample::Form::kObservation: out += fmt::format(" saw {}", sample.value); break;
    case ParsedSample::Form::kRunningDistribution:
      out += fmt::format(" total {}", DescribeDistribution(*sample.distribution));
      break;
    case ParsedSample::Form::kDistribution: out += ' ' + DescribeDistribution(*sample.distribution); break;
  }
  if (sample.times != 1) out += fmt::format(" x{}", sample.times);
  if (sample.timestamp_ns != 0) out += fmt::format(" @{}", sample.timestamp_ns);
  if (!sample.service.empty()) out += fmt::format(" from {}/{}", sample.service, sample.instance);
  return out;
}

// Samples and errors of all lines of `text`, each on a line of its own; errors as "line N: MESSAGE".
inline std::string DescribeLines(LineParser& parser, std::string_view text) {
  std::string out;
  const auto describe = [&](std::string_view where, const absl::Status& status) {
    for (const ParsedSample& sample : parser.samples()) out += DescribeSample(sample) + '\n';
    if (!status.ok()) out += fmt::format("{}: {}\n", where, std::string(status.message()));
  };
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    describe(fmt::format("line {}", number), parser.Parse(line));
  }
  describe("end", parser.Finish());
  return out;
}

inline std::string DescribeLines(LineFormat format, std::string_view text) {
  LineParser parser(format);
  return DescribeLines(parser, text);
}

}  // namespace obs
