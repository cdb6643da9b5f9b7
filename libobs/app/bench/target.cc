#include "app/bench/target.h"

#include <algorithm>
#include <utility>

#include "app/aggregator_address.h"
#include "base/clock.h"
#include "fmt/format.h"
#include "http/client.h"
#include "http/url.h"

namespace obs {
namespace {

constexpr int kHttpPort = 8080;
constexpr int kMetricsPort = 9100;
constexpr std::int64_t kStatusTimeoutNs = 20 * kNanosPerSecond;

}  // namespace

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
