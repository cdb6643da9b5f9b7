#include "wire/statsd_line.h"

#include <cmath>
#include <vector>

#include "fmt/format.h"
#include "wire/series_text.h"
#include "wire/text_cursor.h"
#include "wire/text_number.h"

namespace obs {
namespace {

using Form = ParsedSample::Form;

// What follows the values of a line.
struct Fields {
  std::string_view type;
  double rate = 1;
  std::int64_t timestamp_ns = 0;
  std::vector<LabelPair> tags;
};

// Takes the text up to the next `end`, without the blanks behind it.
std::string_view TakeField(TextCursor& cursor, char end) {
  std::string_view field = cursor.TakeUntil(end);
  while (!field.empty() && IsBlank(field.back())) field.remove_suffix(1);
  return field;
}

absl::Status CheckType(const TextCursor& at, std::string_view type) {
  if (type == "c" || type == "g" || type == "ms" || type == "h" || type == "d") return absl::OkStatus();
  if (type == "s") {
    return at.Error("sets are not supported: they count distinct values, which no kind of metric here keeps");
  }
  return at.Error(fmt::format("expected a type, one of c, g, ms, h and d, not {}", Quoted(type)));
}

void ReadTags(std::string_view text, std::vector<LabelPair>* tags) {
  while (!text.empty()) {
    const std::string_view tag = text.substr(0, text.find(','));
    text.remove_prefix(std::min(tag.size() + 1, text.size()));
    if (tag.empty()) continue;
    const std::size_t colon = tag.find(':');
    const bool has_value = colon != std::string_view::npos;
    tags->push_back(
        {std::string(tag.substr(0, colon)), has_value ? std::string(tag.substr(colon + 1)) : "true"});
  }
  std::ranges::sort(*tags);
}

absl::Status ReadField(const TextCursor& at, std::string_view field, Fields* fields) {
  if (field.starts_with('#')) {
    ReadTags(field.substr(1), &fields->tags);
  } else if (field.starts_with('@')) {
    const auto rate = ParseNumber(field.substr(1));
    // A smaller rate would make one value stand for more than any counter holds exactly.
    if (!rate || !(*rate >= 1e-9 && *rate <= 1)) return at.Error("a rate must be above 0 and at most 1");
    fields->rate = *rate;
  } else if (field.starts_with('T')) {
    const auto timestamp = ParseTimestamp(field.substr(1));
    if (!timestamp) return at.Error(fmt::format("{} is not a timestamp", Quoted(field.substr(1))));
    fields->timestamp_ns = *timestamp;
  } else if (!field.starts_with("c:")) {  // the container's id
    return at.Error(fmt::format("expected @rate or #tags, not {}", Quoted(field)));
  }
  return absl::OkStatus();
}

// The cursor is behind the values.
absl::Status ReadFields(TextCursor& cursor, Fields* fields) {
  if (!cursor.Take('|')) return cursor.Expected("\"|\" and a type after the value");
  TextCursor at = cursor;
  fields->type = TakeField(cursor, '|');
  if (auto status = CheckType(at, fields->type); !status.ok()) return status;
  while (cursor.Take('|')) {
    at = cursor;
    if (auto status = ReadField(at, TakeField(cursor, '|'), fields); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// Sets kind, form and value of `sample`, but for what a gauge's sign means.
absl::Status ReadValue(const TextCursor& at, std::string_view text, const Fields& fields,
                       ParsedSample* sample) {
  const auto value = ParseNumber(text);
  if (!value || !std::isfinite(*value))
    return at.Error(fmt::format("expected a value, not {}", Quoted(text)));
  sample->value = *value;
  if (fields.type == "g") {
    sample->kind = MetricKind::kGauge;
    sample->form = Form::kGauge;
  } else if (fields.type == "c") {
    sample->kind = MetricKind::kCounter;
    sample->form = Form::kIncrement;
    sample->value /= fields.rate;
    if (*value < 0) return at.Error(fmt::format("a counter cannot grow by {}", Quoted(text)));
    if (!std::isfinite(sample->value)) return at.Error("the value divided by the rate is not finite");
  } else {
    sample->kind = MetricKind::kHistogram;
    sample->form = Form::kObservation;
    sample->times = static_cast<std::uint64_t>(std::llround(1 / fields.rate));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status StatsdLineParser::ApplyGauge(bool is_change, const TextCursor& at, ParsedSample* sample) {
  const absl::string_view key(sample->series.data(), sample->series.size());
  auto found = gauges_.find(key);
  if (found == gauges_.end()) {
    // Only series that are changed need be remembered, but which they are is not known in advance.
    if (gauges_.size() == kMaxGauges) {
      if (!is_change) return absl::OkStatus();
      return at.Error(fmt::format("more than {} gauges; relative changes of others are refused", kMaxGauges));
    }
    found = gauges_.emplace(std::string(sample->series), 0.0).first;
  }
  if (is_change) sample->value += found->second;
  if (!std::isfinite(sample->value)) return at.Error("the gauge is no longer finite");
  found->second = sample->value;
  return absl::OkStatus();
}

absl::Status StatsdLineParser::Parse(std::string_view line, ParsedSamples& out) {
  TextCursor cursor(line);
  cursor.SkipBlanks();
  if (cursor.rest().starts_with("_e{") || cursor.rest().starts_with("_sc|")) {
    return cursor.Error("events and service checks are not metrics");
  }
  const std::string_view name = cursor.TakeUntil(':');
  if (name.empty()) return cursor.Expected("a name");
  if (!cursor.Take(':')) return cursor.Expected("\":\" after the name");
  TextCursor at = cursor;
  const std::string_view values = cursor.TakeUntil('|');

  Fields fields;
  if (auto status = ReadFields(cursor, &fields); !status.ok()) return status;
  std::string series;
  AppendSeriesText(series, name, fields.tags);
  const std::string_view kept = out.Keep(std::move(series));

  TextCursor rest(values, at.column());
  do {
    at = rest;
    const std::string_view text = TakeField(rest, ':');
    ParsedSample sample;
    sample.series = kept;
    sample.timestamp_ns = fields.timestamp_ns;
    if (auto status = ReadValue(at, text, fields, &sample); !status.ok()) return status;
    if (sample.kind == MetricKind::kGauge) {
      const bool is_change = text.starts_with('+') || text.starts_with('-');
      if (auto status = ApplyGauge(is_change, at, &sample); !status.ok()) return status;
    }
    out.Add() = sample;
  } while (rest.Take(':'));
  return absl::OkStatus();
}

}  // namespace obs
