#include "app/query_api.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/json_text.h"
#include "base/units.h"
#include "buffer/family.h"
#include "buffer/ring_buffer.h"
#include "fmt/format.h"
#include "model/selector.h"
#include "wire/live_frame.h"

namespace obs {
namespace {

constexpr std::string_view kAsFineAsKept = "";

struct Query {
  std::vector<Selector> selectors;
  std::size_t limit = QueryApi::kMaxSeries;
  std::int64_t since_us = 0;
  std::int64_t until_us = 0;
  std::int64_t step_us = 0;
};

struct Matches {
  std::vector<SeriesPtr> series;  // at most the limit, in order of identity
  std::size_t matched = 0;
};

template <typename Integer>
std::optional<Integer> ParseInteger(std::string_view text) {
  Integer value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

absl::Status BadParameter(std::string_view name, std::string_view why) {
  return absl::InvalidArgumentError(fmt::format("parameter \"{}\": {}", name, why));
}

std::string_view Message(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

// A time: how long ago, or Unix milliseconds.
absl::StatusOr<std::int64_t> ParseTimeMicros(std::string_view name, std::string_view text,
                                             std::int64_t now_us) {
  constexpr std::int64_t kShortestUnixMillis =
      100'000'000'000;  // in 1973: whatever is smaller is no time of day
  const auto millis = ParseInteger<std::int64_t>(text);
  if (millis && *millis >= kShortestUnixMillis && *millis < INT64_MAX / kMicrosPerMilli) {
    return *millis * kMicrosPerMilli;
  }
  const auto ago = ParseDurationNanos(text);
  if (!ago.ok()) return BadParameter(name, fmt::format("{}, or Unix milliseconds", Message(ago.status())));
  return now_us - *ago / kNanosPerMicro;
}

using ParameterNames = std::span<const std::string_view>;
constexpr std::string_view kSeriesParameters[] = {"match", "limit"};
constexpr std::string_view kHistoryParameters[] = {"match", "limit", "since", "until", "step"};
constexpr std::string_view kSamplesParameters[] = {"metric", "limit"};

// A parameter of another name would be a mistake that goes unnoticed.
absl::Status CheckNames(const HttpRequest& request, ParameterNames known) {
  for (const auto& [name, value] : request.query) {
    if (std::ranges::find(known, name) == known.end())
      return BadParameter(name, fmt::format("unknown; known are {}", fmt::join(known, ", ")));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::size_t> ParseLimit(const HttpRequest& request, std::size_t otherwise) {
  const std::string* limit = request.Query("limit");
  if (limit == nullptr) return otherwise;
  const auto value = ParseInteger<std::size_t>(*limit);
  if (value && *value > 0) return *value;
  return BadParameter("limit", fmt::format("\"{}\" is not a number above 0", *limit));
}

absl::StatusOr<Query> ParseQuery(const HttpRequest& request, ParameterNames known, std::int64_t now_us) {
  if (auto status = CheckNames(request, known); !status.ok()) return status;
  Query query;
  query.until_us = now_us;
  std::vector<std::string_view> texts = request.QueryAll("match");
  if (texts.empty()) texts.emplace_back("*");
  for (const std::string_view text : texts) {
    auto selector = Selector::Parse(text);
    if (!selector.ok()) return BadParameter("match", Message(selector.status()));
    query.selectors.push_back(*std::move(selector));
  }
  const auto limit = ParseLimit(request, QueryApi::kMaxSeries);
  if (!limit.ok()) return limit.status();
  query.limit = std::min(*limit, QueryApi::kMaxSeries);
  for (auto& [name, target] : {std::pair("since", &query.since_us), std::pair("until", &query.until_us)}) {
    const std::string* text = request.Query(name);
    if (text == nullptr) continue;
    const auto time = ParseTimeMicros(name, *text, now_us);
    if (!time.ok()) return time.status();
    *target = *time;
  }
  if (const std::string* step = request.Query("step"); step != nullptr && *step != kAsFineAsKept) {
    const auto nanos = ParseDurationNanos(*step);
    if (!nanos.ok()) return BadParameter("step", Message(nanos.status()));
    query.step_us = *nanos / kNanosPerMicro;
  }
  return query;
}

bool MatchesAny(const std::vector<Selector>& selectors, const SeriesIdentity& identity) {
  return std::ranges::any_of(selectors, [&](const Selector& selector) { return selector.Matches(identity); });
}

auto OrderOf(const SeriesIdentity& id) {
  return std::tie(id.name, id.service, id.instance, id.kind);
}

Matches Find(const Store& store, const Query& query, bool include_expired) {
  Matches found;
  store.ForEachSeries(include_expired, [&](const SeriesPtr& series) {
    if (MatchesAny(query.selectors, series->identity())) found.series.push_back(series);
  });
  found.matched = found.series.size();
  std::ranges::sort(found.series, [](const SeriesPtr& a, const SeriesPtr& b) {
    const auto x = OrderOf(a->identity()), y = OrderOf(b->identity());
    return x != y ? x < y : a->id() < b->id();
  });
  if (found.series.size() > query.limit) found.series.resize(query.limit);
  return found;
}

// Closes {"series":[...
HttpResponse Finish(std::string body, std::size_t matched, bool truncated) {
  body += "],\"matched\":";
  AppendJsonInteger(body, matched);
  body += truncated ? ",\"truncated\":true}\n" : ",\"truncated\":false}\n";
  return HttpResponse::Json(std::move(body));
}

void AppendPoint(std::string& out, const LiveCodec& json, MetricKind kind, const HistoryPoint& point) {
  if (kind != MetricKind::kHistogram) {
    out += '[';
    AppendJsonMillis(out, point.timestamp_us);
    out += ',';
    AppendJsonNumber(out, point.value);
    out += ']';
    return;
  }
  const std::size_t begin = out.size();
  json.AppendHistogram(out, 0, point.timestamp_us, point.histogram, false);
  out[begin] = '{';  // in place of the comma that joins it to a series
}

// The newest samples in `family`'s ring, up to `limit`. Those of series that have expired are left out.
void AppendSamples(std::string& body, const Family& family, std::size_t limit) {
  const LiveCodec& json = LiveCodec::For(LiveFormat::kJson);
  absl::flat_hash_map<std::uint64_t, std::size_t> index;  // in "series", by id
  for (const SeriesPtr& series : family.Series()) {
    if (!index.empty()) body += ',';
    index.emplace(series->id(), index.size());
    json.AppendSeries(body, 0, series->identity());
    body += '}';
  }
  RingBatch batch = RingReader(family.ring()).ReadBatch(family.ring().capacity());
  std::erase_if(batch.samples, [&](const RingSample& sample) { return !index.contains(sample.series); });
  const std::size_t left_out = batch.samples.size() - std::min(batch.samples.size(), limit);
  body += "],\"samples\":[";
  for (const RingSample& sample : std::span(batch.samples).subspan(left_out)) {
    if (body.back() != '[') body += ',';
    body += '[';
    AppendJsonMillis(body, sample.timestamp_ns / kNanosPerMicro);
    body += ',';
    AppendJsonNumber(body, sample.value);
    body += ',';
    AppendJsonInteger(body, index.at(sample.series));
    body += ']';
  }
}

}  // namespace

HttpResponse QueryApi::ListSeries(const HttpRequest& request) const {
  const auto query = ParseQuery(request, kSeriesParameters, clock_.NowNanos() / kNanosPerMicro);
  if (!query.ok()) return HttpResponse::Error(400, Message(query.status()));
  const Matches found = Find(store_, *query, false);
  const LiveCodec& json = LiveCodec::For(LiveFormat::kJson);
  std::string body = "{\"series\":[";
  SeriesState state;
  for (const SeriesPtr& series : found.series) {
    if (series != found.series.front()) body += ',';
    store_.ReadState(*series, &state);
    json.AppendSeries(body, 0, series->identity());
    if (series->identity().kind == MetricKind::kHistogram) {
      json.AppendHistogram(body, 0, state.timestamp_us, state.histogram, false);
    } else {
      json.AppendValue(body, state.timestamp_us, state.value, false);
    }
  }
  return Finish(std::move(body), found.matched, found.series.size() < found.matched);
}

HttpResponse QueryApi::ReadHistory(const HttpRequest& request) const {
  const auto query = ParseQuery(request, kHistoryParameters, clock_.NowNanos() / kNanosPerMicro);
  if (!query.ok()) return HttpResponse::Error(400, Message(query.status()));
  const Matches found = Find(store_, *query, true);
  const LiveCodec& json = LiveCodec::For(LiveFormat::kJson);
  std::string body = "{\"series\":[";
  std::size_t points = 0;
  for (const SeriesPtr& series : found.series) {
    if (points >= kMaxPoints) break;
    if (series != found.series.front()) body += ',';
    json.AppendSeries(body, 0, series->identity());
    body += ",\"points\":[";
    bool first = true;
    store_.ReadHistory(*series, query->since_us, query->until_us, query->step_us,
                       [&](const HistoryPoint& point) {
                         if (points++ >= kMaxPoints) return;
                         if (!first) body += ',';
                         first = false;
                         AppendPoint(body, json, series->identity().kind, point);
                       });
    body += "]}";
  }
  return Finish(std::move(body), found.matched, found.series.size() < found.matched || points > kMaxPoints);
}

HttpResponse QueryApi::ReadSamples(const HttpRequest& request) const {
  if (auto status = CheckNames(request, kSamplesParameters); !status.ok())
    return HttpResponse::Error(400, Message(status));
  const auto limit = ParseLimit(request, kDefaultSamples);
  if (!limit.ok()) return HttpResponse::Error(400, Message(limit.status()));
  const std::string* metric = request.Query("metric");
  if (metric == nullptr)
    return HttpResponse::Error(400, "parameter \"metric\": missing; it is a metric's name");
  const auto families = store_.Families();
  const auto family = std::ranges::find(families, *metric, [](const auto& each) { return each->name(); });
  std::string body = "{\"metric\":";
  AppendJsonString(body, *metric);
  body += ",\"written\":";
  AppendJsonInteger(body, family != families.end() ? (*family)->ring().written() : 0);
  body += ",\"series\":[";
  if (family != families.end()) {
    AppendSamples(body, **family, *limit);
  } else {
    body += "],\"samples\":[";
  }
  return HttpResponse::Json(body + "]}\n");
}

}  // namespace obs
