#include "app/check/context.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/host_name.h"
#include "fmt/format.h"
#include "http/url.h"
#include "model/label_set.h"
#include "wire/series_text.h"

namespace obs {
namespace {

// Long enough for a busy machine on the other side of the world.
constexpr std::int64_t kRequestTimeoutNs = 5 * kNanosPerSecond;
// Messages name the time that was given: it is rounded up to these.
constexpr std::int64_t kTimeoutStepNs = 100 * kNanosPerMilli;
constexpr std::int64_t kSleepSliceNs = 20 * kNanosPerMilli;

// Of a URL that was found to be one.
Url Parsed(std::string_view url) {
  return Url::Parse(url).value_or(Url{});
}

std::string WithPort(const Url& url, std::uint16_t port) {
  Url other = url;
  other.port = port;
  return other.HostAndPort();
}

}  // namespace

CheckContext::CheckContext(const CheckOptions& options, const Clock& clock, std::function<bool()> interrupted)
    : options_(options),
      clock_(clock),
      interrupted_(std::move(interrupted)),
      deadline_ns_(clock.MonotonicNanos() + options.timeout_ns + options.wait_ns + options.for_ns) {}

std::int64_t CheckContext::TimeLeft(std::int64_t wanted_ns) const {
  return std::clamp<std::int64_t>(deadline_ns_ - clock_.MonotonicNanos(), 0, wanted_ns);
}

absl::StatusOr<HttpGetResult> CheckContext::Get(std::string_view url, bool with_key) const {
  const std::int64_t steps = (TimeLeft(kRequestTimeoutNs) + kTimeoutStepNs - 1) / kTimeoutStepNs;
  HttpGetOptions get{.timeout_ns = steps * kTimeoutStepNs, .interrupted = interrupted_};
  if (with_key && !options_.api_key.empty()) {
    get.headers = {{"Authorization", "Bearer " + options_.api_key}};
  }
  return HttpGet(url, get);
}

absl::StatusOr<ServerStatus> CheckContext::ReadStatus() {
  const std::string url = options_.url + "/api/v1/status";
  const auto answer = Get(url, true);
  if (!answer.ok()) return answer.status();
  if (answer->status == 401 || answer->status == 403) {
    const std::string words = fmt::format("{} {}", options_.url,
                                          options_.api_key.empty() ? "wants a key"
                                          : answer->status == 403  ? "says that this key may not watch"
                                                                   : "refused the key");
    return answer->status == 401 ? absl::UnauthenticatedError(words) : absl::PermissionDeniedError(words);
  }
  if (answer->status != 200)
    return absl::UnavailableError(fmt::format("{} answered {}", url, answer->status));
  auto status = ParseServerStatus(answer->body);
  if (!status.ok()) return absl::UnavailableError(fmt::format("{} is {}", url, WordsOf(status.status())));
  grpc_port_ = status->grpc_port;
  metrics_port_ = status->metrics_port;
  return status;
}

std::string CheckContext::grpc() const {
  return options_.grpc.empty() ? WithPort(Parsed(options_.url), grpc_port_) : options_.grpc;
}

std::string CheckContext::metrics_url() const {
  if (!options_.metrics_url.empty()) return options_.metrics_url;
  return fmt::format("http://{}/metrics", WithPort(Parsed(options_.url), metrics_port_));
}

LiveClientOptions CheckContext::LiveOptions(std::vector<std::string> selectors, int rate_hz) const {
  LiveClientOptions live;
  live.url = "ws" + options_.url.substr(std::string_view("http").size()) + "/ws";
  live.selectors = std::move(selectors);
  live.rate_hz = rate_hz;
  live.format = LiveFormat::kBinary;
  live.api_key = options_.api_key;
  live.connect_timeout_ns = TimeLeft(kRequestTimeoutNs);
  live.interrupted = interrupted_;
  return live;
}

void CheckContext::Sleep(std::int64_t nanos) const {
  const std::int64_t until_ns = clock_.MonotonicNanos() + TimeLeft(nanos);
  while (!interrupted_() && clock_.MonotonicNanos() < until_ns) {
    std::this_thread::sleep_for(
        std::chrono::nanoseconds(std::min(kSleepSliceNs, until_ns - clock_.MonotonicNanos())));
  }
}

std::string ProbeSelector() {
  std::string text;
  const LabelSet labels{{"instance", HostName()}, {"service", std::string(kProbeService)}};
  AppendSeriesText(text, kProbeName, labels);
  return text;
}

std::string WordsOf(const absl::Status& status) {
  const absl::string_view message = status.message();
  return std::string(message.data(), message.size());
}

std::string WatchMend(const CheckContext& context) {
  return fmt::format("let this machine open WebSockets to {}; a proxy in between has to pass Upgrade on",
                     context.options().url);
}

CheckResult Failure(std::string measured, std::string mend) {
  CheckResult result;
  result.status = CheckStatus::kFail;
  result.measured = std::move(measured);
  result.mend = std::move(mend);
  return result;
}

}  // namespace obs
