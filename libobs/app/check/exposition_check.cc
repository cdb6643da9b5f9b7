#include <optional>

#include "absl/container/flat_hash_set.h"
#include "app/check/checks.h"
#include "base/host_name.h"
#include "fmt/format.h"
#include "wire/prometheus_text.h"
#include "wire/series_text.h"
#include "wire/text_cursor.h"
#include "wire/text_number.h"

namespace obs {
namespace {

// As Prometheus reads it from a line of ours: "NAME{labels} VALUE".
struct SampleLine {
  std::string_view series;
  double value = 0;
};

std::optional<SampleLine> SplitSample(std::string_view line) {
  TextCursor cursor(line);
  SampleLine out;
  if (!TakeSeriesText(cursor, &out.series).ok()) return std::nullopt;
  cursor.SkipBlanks();
  const auto value = ParseNumber(cursor.TakeWord());
  if (!value) return std::nullopt;
  out.value = *value;
  return out;
}

void Note(const SampleLine& line, std::string_view host, ExpositionFacts* facts) {
  const std::string_view name = BareNameOf(line.series);
  if (name == "telemetry_scrapes_total") facts->scrapes = line.value;
  if (name == "telemetry_start_time_seconds") facts->start_time = line.value;
  if (name != kProbeName) return;
  const auto parsed = ParseSeriesText(line.series);
  if (parsed.ok() && parsed->labels.Get("instance") == host) facts->probe = line.value;
}

CheckResult NotFresh(std::string measured) {
  return Failure(std::move(measured),
                 "take away the cache or proxy before the metrics port, or name the right "
                 "aggregator with --metrics-url");
}

absl::StatusOr<ExpositionFacts> Scrape(CheckContext& context) {
  const std::string url = context.metrics_url();
  const auto answer = context.Get(url, false);
  if (!answer.ok()) return answer.status();
  if (answer->status != 200) return absl::NotFoundError(fmt::format("{} answered {}", url, answer->status));
  const std::string* type = answer->Header("Content-Type");
  if (type == nullptr || !type->starts_with("text/plain")) {
    return absl::InvalidArgumentError(
        fmt::format("{} is of type {}, not text/plain", url, type == nullptr ? "none" : *type));
  }
  ExpositionFacts facts;
  const absl::Status read = ReadExposition(answer->body, &facts);
  if (!read.ok()) return absl::InvalidArgumentError(fmt::format("{}, {}", url, WordsOf(read)));
  if (facts.scrapes < 0) {
    return absl::NotFoundError(
        fmt::format("{} is not of an aggregator: telemetry_scrapes_total is missing", url));
  }
  return facts;
}

}  // namespace

absl::Status ReadExposition(std::string_view page, ExpositionFacts* facts) {
  const std::string host = HostName();
  PrometheusTextParser parser;
  ParsedSamples samples;
  absl::flat_hash_set<absl::string_view> seen;
  if (!page.empty() && page.back() != '\n') return absl::InvalidArgumentError("the last line has no end");
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < page.size();) {
    const std::size_t end = page.find('\n', begin);
    const std::string_view line = page.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    samples.Clear();
    if (const absl::Status status = parser.Parse(line, samples); !status.ok()) {
      return absl::InvalidArgumentError(fmt::format("line {}: {}", number, WordsOf(status)));
    }
    if (line.front() == '#') continue;
    const auto sample = SplitSample(line);
    if (!sample) continue;  // the parser has taken it
    if (!seen.emplace(sample->series.data(), sample->series.size()).second) {
      return absl::InvalidArgumentError(
          fmt::format("line {}: {} is there twice", number, Quoted(sample->series)));
    }
    ++facts->samples;
    Note(*sample, host, facts);
  }
  samples.Clear();
  return parser.Finish(samples);
}

CheckResult CheckExposition(CheckContext& context) {
  const auto before = Scrape(context);
  const std::int64_t begin_ns = context.clock().MonotonicNanos();
  const auto after = before.ok() ? Scrape(context) : before;
  const double seconds = static_cast<double>(context.clock().MonotonicNanos() - begin_ns) / 1e9;
  if (!after.ok()) {
    const bool invalid = absl::IsInvalidArgument(after.status());
    return Failure(WordsOf(after.status()),
                   invalid
                       ? "see what promtool check metrics says of that page, and report it"
                       : "see obs-aggregate --metrics-port, or say with --metrics-url URL where the page is");
  }
  CheckResult result;
  result.measured = fmt::format("{} samples, valid and fresh, in {:.1f} ms", after->samples, seconds * 1e3);
  result.measures = {{"samples", static_cast<double>(after->samples)}, {"scrape", seconds, "s"}};
  if (after->scrapes <= before->scrapes) {
    return NotFresh("the page is not made anew: telemetry_scrapes_total stays at " +
                    fmt::format("{}", after->scrapes));
  }
  if (context.delivered_probe && after->probe < *context.delivered_probe) {
    return NotFresh(after->probe < 0 ? fmt::format("{} is not there, although it came live", kProbeName)
                                     : fmt::format("{} is not the newest that came live", kProbeName));
  }
  return result;
}

}  // namespace obs
