#include "app/bench/target.h"

#include <algorithm>
#include <utility>

#include "app/aggregator_address.h"
#include "base/clock.h"
#include "fmt/format.h"
#include "http/client.h"
#include "http/url.h"
#include "nlohmann/json.hpp"

namespace obs {
namespace {

using Json = nlohmann::json;

constexpr int kHttpPort = 8080;
constexpr int kMetricsPort = 9100;
constexpr std::int64_t kStatusTimeoutNs = 20 * kNanosPerSecond;

std::uint64_t SumOf(const Json& counts) {
  std::uint64_t sum = 0;
  for (const auto& [reason, count] : counts.items()) sum += count.get<std::uint64_t>();
  return sum;
}

ServerStatus::Live LiveOf(const Json& json) {
  ServerStatus::Live live;
  json.at("watchers").get_to(live.watchers);
  json.at("frames_sent").get_to(live.frames_sent);
  json.at("frames_skipped").get_to(live.frames_skipped);
  json.at("ticks").get_to(live.ticks);
  json.at("ticks_missed").get_to(live.ticks_missed);
  json.at("tick_lateness_p50_ms").get_to(live.tick_lateness_p50_ms);
  json.at("tick_lateness_p99_ms").get_to(live.tick_lateness_p99_ms);
  json.at("tick_duration_p50_ms").get_to(live.tick_duration_p50_ms);
  json.at("tick_duration_p99_ms").get_to(live.tick_duration_p99_ms);
  return live;
}

ServerStatus::Account AccountOf(const Json& json) {
  ServerStatus::Account account;
  json.at("service").get_to(account.service);
  json.at("instance").get_to(account.instance);
  json.at("sent").get_to(account.sent);
  json.at("accepted").get_to(account.accepted);
  json.at("duplicate").get_to(account.duplicate);
  json.at("difference").get_to(account.difference);
  account.rejected = SumOf(json.at("rejected"));
  account.dropped = SumOf(json.at("dropped"));
  return account;
}

}  // namespace

const ServerStatus::Account* ServerStatus::Find(std::string_view service, std::string_view instance) const {
  const auto found = std::ranges::find_if(accounts, [&](const Account& account) {
    return account.service == service && account.instance == instance;
  });
  return found == accounts.end() ? nullptr : &*found;
}

absl::StatusOr<ServerStatus> ParseServerStatus(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    ServerStatus status;
    json.at("process").at("cpu_seconds").get_to(status.cpu_seconds);
    json.at("process").at("resident_bytes").get_to(status.resident_bytes);
    json.at("store").at("memory_bytes").get_to(status.store_bytes);
    json.at("store").at("series").get_to(status.series);
    status.live = LiveOf(json.at("live"));
    for (const Json& node : json.at("nodes")) status.accounts.push_back(AccountOf(node));
    return status;
  } catch (const Json::exception& error) {
    return absl::InvalidArgumentError(fmt::format("not an aggregator's status: {}", error.what()));
  }
}

std::vector<std::string> ArgumentsForSeries(std::uint64_t series) {
  const std::string limit = fmt::format("{}", std::max<std::uint64_t>(1'000'000, 2 * series));
  return {"--max-series", limit, "--max-series-per-key", limit};
}

std::string UrlOfSameHost(std::string_view grpc, int port) {
  return fmt::format("http://{}:{}", grpc.substr(0, grpc.rfind(':')), port);
}

absl::StatusOr<std::unique_ptr<BenchTarget>> BenchTarget::Open(const BenchTargetOptions& options,
                                                               const std::vector<std::string>& arguments) {
  auto target = std::make_unique<BenchTarget>();
  target->options_ = options;
  BenchTargetOptions& o = target->options_;
  if (o.grpc.empty()) {
    auto server = ServerProcess::Start(arguments);
    if (!server.ok()) return server.status();
    o.grpc = (*server)->grpc();
    o.http_url = "http://" + (*server)->http();
    o.metrics_url = "http://" + (*server)->metrics() + "/metrics";
    o.api_key.clear();
    target->server_ = *std::move(server);
  } else {
    if (absl::Status status = CheckAggregatorAddress(o.grpc); !status.ok()) return status;
    if (o.http_url.empty()) o.http_url = UrlOfSameHost(o.grpc, kHttpPort);
    if (o.metrics_url.empty()) o.metrics_url = UrlOfSameHost(o.grpc, kMetricsPort) + "/metrics";
    for (const std::string& url : {o.http_url, o.metrics_url}) {
      if (const auto parsed = Url::Parse(url); !parsed.ok()) return parsed.status();
    }
    while (o.http_url.ends_with('/')) o.http_url.pop_back();
  }
  if (const auto status = target->ReadStatus(); !status.ok()) return status.status();
  return target;
}

std::string BenchTarget::live_url() const {
  return "ws" + options_.http_url.substr(std::string_view("http").size()) + "/ws";
}

absl::StatusOr<ServerStatus> BenchTarget::ReadStatus() const {
  HttpGetOptions get{.timeout_ns = kStatusTimeoutNs};
  if (!options_.api_key.empty()) get.headers = {{"Authorization", "Bearer " + options_.api_key}};
  const std::string url = options_.http_url + "/api/v1/status";
  const auto answer = HttpGet(url, get);
  if (!answer.ok()) return answer.status();
  if (answer->status == 401 || answer->status == 403) {
    return absl::UnauthenticatedError(fmt::format("{} refused the key", options_.http_url));
  }
  if (answer->status != 200) {
    return absl::UnavailableError(fmt::format("{} answered {}", url, answer->status));
  }
  const auto status = ParseServerStatus(answer->body);
  if (!status.ok()) return absl::UnavailableError(fmt::format("{}: no aggregator there", url));
  return status;
}

}  // namespace obs
