#include "app/check/checks.h"
#include "app/value_text.h"
#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace obs {
namespace {

CheckResult Unreachable(std::string measured, std::string mend) {
  CheckResult result = Failure(std::move(measured), std::move(mend));
  result.is_unreachable = true;
  return result;
}

bool SaysOk(const HttpGetResult& answer) {
  const auto json = nlohmann::json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  return answer.status == 200 && json.is_object() && json.value("status", nlohmann::json()) == "ok";
}

}  // namespace

CheckResult CheckHealth(CheckContext& context) {
  const std::string url = context.options().url + "/health";
  const std::int64_t begin_ns = context.clock().MonotonicNanos();
  const auto answer = context.Get(url, false);
  const double seconds = static_cast<double>(context.clock().MonotonicNanos() - begin_ns) / 1e9;
  if (!answer.ok()) {
    return Unreachable(WordsOf(answer.status()),
                       "start obs-aggregate, or say with --url http://HOST:8080 where it is");
  }
  if (!SaysOk(*answer)) {
    return Unreachable(
        fmt::format("{} is no aggregator: it answered {}", context.options().url, answer->status),
        "say with --url http://HOST:8080 where the aggregator is");
  }
  const auto status = context.ReadStatus();
  if (absl::IsUnauthenticated(status.status()) || absl::IsPermissionDenied(status.status())) {
    return Unreachable(WordsOf(status.status()),
                       "give one of its keys for watching with --api-key-file FILE or $API_KEY");
  }
  if (!status.ok()) {
    return Failure(WordsOf(status.status()), "use obs-check and obs-aggregate of the same version");
  }
  CheckResult result;
  result.measured = fmt::format("version {}, up for {}, {} series; answered in {:.1f} ms", status->version,
                                AgeText(static_cast<std::int64_t>(status->uptime_seconds * 1e6)),
                                status->series, seconds * 1e3);
  result.measures = {{"answer", seconds, "s"},
                     {"uptime", status->uptime_seconds, "s"},
                     {"series", static_cast<double>(status->series)}};
  return result;
}

}  // namespace obs
