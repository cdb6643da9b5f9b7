#include <cmath>
#include <optional>
#include <utility>

#include "app/check/checks.h"
#include "app/value_text.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "wire/text_number.h"

namespace obs {
namespace {

using Json = nlohmann::json;

// Prometheus scrapes every 5 s as shipped, every minute by its own default.
constexpr double kOldSeconds = 130;
// It tells the aggregator that it scrapes from every other.
constexpr std::string_view kStartTime = "telemetry_start_time_seconds";
constexpr double kSameStartSeconds = 0.01;

constexpr std::string_view kWrongUrl = "say with --prometheus http://HOST:9090 where Prometheus is";

// One series of an instant query.
struct Found {
  std::string job;
  std::string instance;
  double value = 0;
  double time = 0;  // Unix seconds
};

// The "data" of an answer of Prometheus's API.
absl::StatusOr<Json> Ask(CheckContext& context, std::string_view path) {
  const std::string& url = context.options().prometheus_url;
  const auto answer = context.Get(url + std::string(path), false);
  if (!answer.ok()) return answer.status();
  Json json = Json::parse(answer->body, nullptr, /*allow_exceptions=*/false);
  const bool is_success =
      json.is_object() && json.value("status", Json()) == "success" && json.contains("data");
  if (answer->status == 200 && is_success) return std::move(json["data"]);
  return absl::NotFoundError(fmt::format("{} is no Prometheus: {} answered {}{}", url,
                                         path.substr(0, path.find('?')), answer->status,
                                         answer->status == 200 ? ", but not as Prometheus does" : ""));
}

absl::StatusOr<std::vector<Found>> Query(CheckContext& context, std::string_view query) {
  const auto data = Ask(context, fmt::format("/api/v1/query?query={}", query));
  if (!data.ok()) return data.status();
  std::vector<Found> out;
  try {
    for (const Json& series : data->at("result")) {
      const Json& metric = series.at("metric");
      const auto value = ParseNumber(series.at("value").at(1).get<std::string>());
      out.push_back({metric.value("job", ""), metric.value("instance", ""), value.value_or(0),
                     series.at("value").at(0).get<double>()});
    }
  } catch (const Json::exception&) {
    return absl::NotFoundError(
        fmt::format("{} is no Prometheus that we know", context.options().prometheus_url));
  }
  return out;
}

// What Prometheus says of its targets that are down: "aggregator:9100 (connection refused)".
std::string DownTargets(CheckContext& context) {
  const auto data = Ask(context, "/api/v1/targets?state=active");
  if (!data.ok()) return "";
  std::vector<std::string> down;
  try {
    for (const Json& target : data->at("activeTargets")) {
      if (target.at("health") == "up") continue;
      const std::string error = target.value("lastError", "");
      down.push_back(fmt::format("{} ({})", target.at("scrapeUrl").get<std::string>(),
                                 error.empty() ? "not scraped yet" : error));
    }
  } catch (const Json::exception&) {
    return "";
  }
  return down.empty() ? "" : fmt::format("; down: {}", fmt::join(down, ", "));
}

absl::StatusOr<double> StartTime(CheckContext& context) {
  const auto page = context.Get(context.metrics_url(), false);
  if (!page.ok()) return page.status();
  ExpositionFacts facts;
  const absl::Status read = ReadExposition(page->body, &facts);
  if (facts.start_time >= 0) return facts.start_time;
  return read.ok() ? absl::NotFoundError(fmt::format("{} has no {}", context.metrics_url(), kStartTime))
                   : read;
}

CheckResult Judge(const Found& target, double age_seconds) {
  CheckResult result;
  result.measured = fmt::format("job {}, instance {}, scraped {} ago", target.job, target.instance,
                                AgeText(static_cast<std::int64_t>(age_seconds * 1e6)));
  result.measures = {{"age", age_seconds, "s", "", fmt::format("{}", kOldSeconds)}};
  if (age_seconds > kOldSeconds) {
    result.status = CheckStatus::kFail;
    result.mend = "see the target's error on Prometheus's page /targets";
  }
  return result;
}

}  // namespace

CheckResult CheckPrometheus(CheckContext& context) {
  const std::string& url = context.options().prometheus_url;
  if (url.empty()) {
    CheckResult result;
    result.status = CheckStatus::kSkip;
    result.measured = "not asked for with --prometheus URL";
    return result;
  }
  // The last sample's own time: what no longer is scraped stays for 5 minutes.
  const auto times = Query(context, fmt::format("timestamp({})", kStartTime));
  if (!times.ok()) return Failure(WordsOf(times.status()), std::string(kWrongUrl));
  const auto starts = Query(context, kStartTime);
  if (!starts.ok()) return Failure(WordsOf(starts.status()), std::string(kWrongUrl));
  const auto start = StartTime(context);
  if (!start.ok()) return Failure(WordsOf(start.status()), "see the exposition check");
  for (const Found& found : *starts) {
    if (std::abs(found.value - *start) > kSameStartSeconds) continue;
    for (const Found& time : *times) {
      if (time.job == found.job && time.instance == found.instance)
        return Judge(found, time.time - time.value);
    }
  }
  return Failure(
      fmt::format("Prometheus at {} does not scrape this aggregator{}", url, DownTargets(context)),
      fmt::format("add {} to its scrape_configs, as the address is seen from there", context.metrics_url()));
}

}  // namespace obs
