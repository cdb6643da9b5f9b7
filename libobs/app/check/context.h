// What checks have in common: whom they ask, how long they may take, and what earlier ones found out.
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "app/check/options.h"
#include "app/check/result.h"
#include "app/server_status.h"
#include "base/clock.h"
#include "http/client.h"
#include "live/client.h"

namespace obs {

class CheckContext {
 public:
  // What is referred to outlives this. `interrupted`: true makes all that waits give up.
  CheckContext(const CheckOptions& options, const Clock& clock, std::function<bool()> interrupted);

  const CheckOptions& options() const { return options_; }
  const Clock& clock() const { return clock_; }
  bool Interrupted() const { return interrupted_(); }

  // What is left of the time for everything, at most `wanted_ns`.
  std::int64_t TimeLeft(std::int64_t wanted_ns) const;
  bool OutOfTime() const { return TimeLeft(1) == 0; }

  // GET, with the key only where it belongs. Errors: as HttpGet().
  absl::StatusOr<HttpGetResult> Get(std::string_view url, bool with_key) const;

  // Errors: UNAUTHENTICATED or PERMISSION_DENIED for the key, UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED.
  // Notes the ports that it names.
  absl::StatusOr<ServerStatus> ReadStatus();

  // Addresses as they were given, or else as the aggregator says.
  std::string grpc() const;
  std::string metrics_url() const;
  LiveClientOptions LiveOptions(std::vector<std::string> selectors, int rate_hz) const;

  // Waits; shorter if interrupted.
  void Sleep(std::int64_t nanos) const;

  // The value that the ingest check saw come back last.
  std::optional<double> delivered_probe;

 private:
  const CheckOptions& options_;
  const Clock& clock_;
  const std::function<bool()> interrupted_;
  const std::int64_t deadline_ns_;  // monotonic
  std::uint16_t grpc_port_ = 9000;
  std::uint16_t metrics_port_ = 9100;
};

// The series of the probe. Its service is no node.
inline constexpr std::string_view kProbeName = "obs_check_probe";
inline constexpr std::string_view kProbeService = "obs-check";
std::string ProbeSelector();

// `status` in words.
std::string WordsOf(const absl::Status& status);

// How to mend a live view that cannot be watched.
std::string WatchMend(const CheckContext& context);

// A failed result.
CheckResult Failure(std::string measured, std::string mend);

}  // namespace obs
