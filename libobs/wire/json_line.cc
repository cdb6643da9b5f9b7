#include "wire/json_line.h"

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "wire/series_text.h"
#include "wire/text_cursor.h"
#include "wire/text_number.h"

namespace obs {
namespace {

using Form = ParsedSample::Form;
using Json = nlohmann::json;

absl::StatusOr<Json> ParseObject(std::string_view line) {
  Json json;
  try {
    json = Json::parse(line);
  } catch (const Json::parse_error& error) {
    return LineError(error.byte, "not valid JSON");
  } catch (const Json::exception&) {
    return absl::InvalidArgumentError("a number is out of range");
  }
  if (!json.is_object()) return absl::InvalidArgumentError("expected a JSON object");
  return json;
}

// The text at `key`; empty if it is not there.
absl::StatusOr<std::string> ReadText(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return std::string();
  if (!found->is_string()) return JsonKeyError(key, "expected a string");
  return found->get_ref<const std::string&>();
}

absl::StatusOr<MetricKind> ReadKind(const Json& object) {
  const char* const key = object.contains("kind") ? "kind" : "type";
  const auto text = ReadText(object, key);
  if (!text.ok()) return text.status();
  for (const MetricKind kind : {MetricKind::kGauge, MetricKind::kCounter, MetricKind::kHistogram}) {
    if (*text == KindName(kind)) return kind;
  }
  if (!object.contains(key)) return MetricKind::kGauge;
  return JsonKeyError(key, fmt::format("expected gauge, counter or histogram, not {}", Quoted(*text)));
}

// The series as text.
absl::StatusOr<std::string> ReadSeries(const Json& object) {
  const auto name = ReadText(object, "name");
  if (!name.ok()) return name.status();
  if (name->empty()) return JsonKeyError("name", "expected a string that is not empty");
  std::vector<LabelPair> labels;
  if (const auto found = object.find("labels"); found != object.end()) {
    if (!found->is_object()) return JsonKeyError("labels", "expected an object");
    for (const auto& [label, value] : found->items()) {  // sorted by name
      if (!value.is_primitive() || value.is_null()) {
        return JsonKeyError("labels", fmt::format("expected a string for {}", Quoted(label)));
      }
      labels.push_back({label, value.is_string() ? value.get<std::string>() : value.dump()});
    }
  }
  std::string series;
  AppendSeriesText(series, *name, labels);
  return series;
}

absl::StatusOr<std::int64_t> ReadTimestamp(const Json& object) {
  const auto found = object.find("timestamp");
  if (found == object.end() || found->is_null()) return 0;
  const auto timestamp = found->is_string()   ? ParseTimestamp(found->get_ref<const std::string&>())
                         : found->is_number() ? ParseTimestamp(found->dump())
                                              : std::nullopt;
  if (!timestamp) return JsonKeyError("timestamp", "expected Unix time or RFC 3339");
  return *timestamp;
}

// Sets form and value of a gauge, counter or single observation.
absl::Status ReadValue(const Json& object, ParsedSample* sample) {
  const bool is_counter = sample->kind == MetricKind::kCounter;
  const bool is_increment = is_counter && object.contains("increment");
  const char* const key = is_increment ? "increment" : "value";
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return JsonKeyError(key, "expected a number");
  sample->value = found->get<double>();
  if (is_counter && sample->value < 0) return JsonKeyError(key, "expected a number that is not negative");
  if (is_counter) {
    sample->form = is_increment ? Form::kIncrement : Form::kTotal;
  } else {
    sample->form = sample->kind == MetricKind::kGauge ? Form::kGauge : Form::kObservation;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status JsonLineParser::Parse(std::string_view line, ParsedSamples& out) {
  const auto object = ParseObject(line);
  if (!object.ok()) return object.status();
  const auto kind = ReadKind(*object);
  if (!kind.ok()) return kind.status();
  auto series = ReadSeries(*object);
  if (!series.ok()) return series.status();
  auto service = ReadText(*object, "service");
  if (!service.ok()) return service.status();
  auto instance = ReadText(*object, "instance");
  if (!instance.ok()) return instance.status();
  const auto timestamp = ReadTimestamp(*object);
  if (!timestamp.ok()) return timestamp.status();

  ParsedSample sample;
  sample.kind = *kind;
  sample.series = out.Keep(*std::move(series));
  sample.timestamp_ns = *timestamp;
  if (!service->empty()) sample.service = out.Keep(*std::move(service));
  if (!instance->empty()) sample.instance = out.Keep(*std::move(instance));
  if (sample.kind == MetricKind::kHistogram && !object->contains("value")) {
    return ReadHistogram(*object, sample, out);
  }
  if (auto status = ReadValue(*object, &sample); !status.ok()) return status;
  out.Add() = sample;
  return absl::OkStatus();
}

absl::Status JsonLineParser::ReadHistogram(const Json& object, ParsedSample sample, ParsedSamples& out) {
  sample.form = Form::kDistribution;
  if (!object.contains("buckets")) {
    auto distribution = ReadDistribution(object);
    if (!distribution.ok()) return distribution.status();
    sample.distribution = out.Keep(*std::move(distribution));
    out.Add() = sample;
    return absl::OkStatus();
  }

  const std::string key = fmt::format("{}\n{}\n{}", sample.service, sample.instance, sample.series);
  const auto known = totals_.find(key);
  if (known == totals_.end() && totals_.size() == kMaxHistograms) {
    return absl::InvalidArgumentError(fmt::format("more than {} histograms of obs-tail", kMaxHistograms));
  }
  std::optional<TailedTotals> totals;
  if (known != totals_.end()) totals = known->second;
  auto sketch = ReadWindow(object, &totals);
  if (!sketch.ok()) return sketch.status();
  totals_[key] = *totals;
  if (!*sketch) return absl::OkStatus();
  sample.distribution = out.Keep(**std::move(sketch));
  out.Add() = sample;
  return absl::OkStatus();
}

}  // namespace obs
