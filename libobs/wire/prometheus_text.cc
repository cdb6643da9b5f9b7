#include "wire/prometheus_text.h"

#include <cmath>

#include "fmt/format.h"
#include "wire/series_text.h"
#include "wire/text_number.h"

namespace obs {
namespace {

using Form = ParsedSample::Form;
using Part = HistogramFamily::Part;

}  // namespace

// A line with a sample, its labels unread.
struct PrometheusTextParser::Line {
  std::string_view series;
  std::size_t series_column = 1;
  double value = 0;
  std::size_t value_column = 1;
  std::int64_t timestamp_ns = 0;

  absl::Status Read(TextCursor cursor);
};

// What a sample's name is in its family: the family's name, or that and a suffix.
struct PrometheusTextParser::Role {
  Type type = Type::kGauge;
  std::string_view family;
  std::string_view suffix;
};

absl::Status PrometheusTextParser::Line::Read(TextCursor cursor) {
  series_column = cursor.column();
  if (auto status = TakeSeriesText(cursor, &series); !status.ok()) return status;
  cursor.SkipBlanks();
  TextCursor at = cursor;
  value_column = at.column();
  const auto number = ParseNumber(cursor.TakeWord());
  if (!number) return at.Expected("a value");
  if (std::isinf(*number)) return at.Error("the value is not finite");
  value = *number;
  cursor.SkipBlanks();
  if (cursor.AtEnd() || cursor.Peek() == '#') return absl::OkStatus();  // an exemplar
  at = cursor;
  const auto timestamp = ParseTimestamp(cursor.TakeWord());
  if (!timestamp) return at.Expected("a timestamp or the end of the line");
  timestamp_ns = *timestamp;
  cursor.SkipBlanks();
  if (cursor.AtEnd() || cursor.Peek() == '#') return absl::OkStatus();
  return cursor.Expected("the end of the line");
}

absl::Status PrometheusTextParser::Parse(std::string_view line, ParsedSamples& out) {
  TextCursor cursor(line);
  cursor.SkipBlanks();
  return cursor.Take('#') ? ParseComment(cursor, out) : ParseSample(cursor, out);
}

absl::Status PrometheusTextParser::ParseComment(TextCursor cursor, ParsedSamples& out) {
  cursor.SkipBlanks();
  const std::string_view keyword = cursor.TakeWord();
  if (keyword == "EOF") return histograms_.Flush(out);
  if (keyword != "TYPE") return absl::OkStatus();

  absl::Status status = histograms_.Flush(out);
  cursor.SkipBlanks();
  const std::string_view family = cursor.TakeWord();
  cursor.SkipBlanks();
  const TextCursor at = cursor;
  const std::string_view word = cursor.TakeWord();
  if (word.empty()) return at.Expected("a name and a type after \"# TYPE\"");
  Type type = Type::kGauge;
  if (word == "counter") type = Type::kCounter;
  if (word == "summary") type = Type::kSummary;
  if (word == "histogram") type = Type::kHistogram;
  const absl::string_view key(family.data(), family.size());
  if (types_.size() == kMaxFamilies && !types_.contains(key)) {
    return at.Error(fmt::format("more than {} families", kMaxFamilies));
  }
  types_[key] = type;
  return status;
}

bool PrometheusTextParser::HasSuffix(Type type, std::string_view suffix) {
  const bool counts = suffix == "_sum" || suffix == "_count" || suffix == "_created";
  switch (type) {
    case Type::kGauge: return false;
    case Type::kCounter:  // OpenMetrics leaves _total out of the family's name
      return suffix == "_total" || suffix == "_created";
    case Type::kSummary: return counts;
    case Type::kHistogram: return counts || suffix == "_bucket";
  }
  return false;
}

PrometheusTextParser::Role PrometheusTextParser::RoleOf(std::string_view name) const {
  const auto find = [&](std::string_view family) {
    return types_.find(absl::string_view(family.data(), family.size()));
  };
  if (const auto found = find(name); found != types_.end()) return {found->second, name, ""};
  const std::size_t underscore = name.rfind('_');
  if (underscore != std::string_view::npos) {
    const Role role{Type::kGauge, name.substr(0, underscore), name.substr(underscore)};
    const auto found = find(role.family);
    if (found != types_.end() && HasSuffix(found->second, role.suffix)) {
      return {found->second, role.family, role.suffix};
    }
  }
  return {Type::kGauge, name, ""};
}

absl::Status PrometheusTextParser::ParseSample(TextCursor cursor, ParsedSamples& out) {
  Line line;
  if (auto status = line.Read(cursor); !status.ok()) return status;
  const Role role = RoleOf(BareNameOf(line.series));
  if (std::isnan(line.value) || role.suffix == "_created") return absl::OkStatus();
  if (role.type == Type::kHistogram && !role.suffix.empty()) {
    const Part part = role.suffix == "_bucket" ? Part::kBucket
                      : role.suffix == "_sum"  ? Part::kSum
                                               : Part::kCount;
    return histograms_.Add(role.family, part, line.series, line.series_column, line.value, line.timestamp_ns,
                           out);
  }

  absl::Status status = histograms_.Flush(out);
  const bool is_total = role.type == Type::kCounter || (role.type == Type::kSummary && !role.suffix.empty());
  if (is_total && line.value < 0) {
    return LineError(line.value_column, fmt::format("a counter cannot be {}", line.value));
  }
  ParsedSample& sample = out.Add();
  sample.series = line.series;
  sample.series_column = static_cast<std::uint32_t>(line.series_column);
  sample.kind = is_total ? MetricKind::kCounter : MetricKind::kGauge;
  sample.form = is_total ? Form::kTotal : Form::kGauge;
  sample.value = line.value;
  sample.timestamp_ns = line.timestamp_ns;
  return status;
}

}  // namespace obs
