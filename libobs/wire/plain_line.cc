#include "wire/plain_line.h"

#include <cmath>

#include "fmt/format.h"
#include "wire/series_text.h"
#include "wire/text_cursor.h"
#include "wire/text_number.h"

namespace obs {
namespace {

using Form = ParsedSample::Form;

// Takes the kind off the front, if the line begins with one: the word alone is a name. Gauge otherwise.
MetricKind TakeKind(TextCursor& cursor) {
  for (const MetricKind kind : {MetricKind::kGauge, MetricKind::kCounter, MetricKind::kHistogram}) {
    const std::string_view word = KindName(kind);
    const std::string_view rest = cursor.rest();
    if (!rest.starts_with(word) || rest.size() == word.size() || !IsBlank(rest[word.size()])) continue;
    cursor.Advance(word.size());
    cursor.SkipBlanks();
    return kind;
  }
  return MetricKind::kGauge;
}

// Sets the sample's form and value from `word`.
absl::Status ReadValue(const TextCursor& at, std::string_view word, ParsedSample& sample) {
  const auto value = ParseNumber(word);
  if (!value) return at.Expected("a value");
  if (!std::isfinite(*value)) return at.Error(fmt::format("the value {} is not finite", Quoted(word)));
  sample.value = *value;
  switch (sample.kind) {
    case MetricKind::kGauge: sample.form = Form::kGauge; break;
    case MetricKind::kHistogram: sample.form = Form::kObservation; break;
    case MetricKind::kCounter:
      if (*value < 0) return at.Error(fmt::format("a counter cannot be or grow by {}", Quoted(word)));
      sample.form = word.starts_with('+') ? Form::kIncrement : Form::kTotal;
      break;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ParsePlainLine(std::string_view line, ParsedSamples& out) {
  TextCursor cursor(line);
  cursor.SkipBlanks();
  ParsedSample sample;
  sample.kind = TakeKind(cursor);
  sample.series_column = static_cast<std::uint32_t>(cursor.column());
  if (auto status = TakeSeriesText(cursor, &sample.series); !status.ok()) return status;

  cursor.SkipBlanks();
  TextCursor at = cursor;
  if (auto status = ReadValue(at, cursor.TakeWord(), sample); !status.ok()) return status;

  cursor.SkipBlanks();
  if (!cursor.AtEnd()) {
    at = cursor;
    const auto timestamp = ParseTimestamp(cursor.TakeWord());
    if (!timestamp) return at.Expected("a timestamp or the end of the line");
    sample.timestamp_ns = *timestamp;
    cursor.SkipBlanks();
    if (!cursor.AtEnd()) return cursor.Expected("the end of the line");
  }
  out.Add() = sample;
  return absl::OkStatus();
}

}  // namespace obs
