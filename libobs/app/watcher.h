// Watches an aggregator and prints or records what it sees: obs-tail without its command line.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/signals.h"
#include "obs/export.h"

namespace obs {

enum class WatchOutput : std::uint8_t { kTable, kText, kJson, kCsv };

struct WatchOptions {
  std::string url = "ws://localhost:8080/ws";
  std::vector<std::string> selectors;  // none: everything
  int rate_hz = 60;
  std::int64_t since_ns = 0;    // history first, from so long ago
  std::uint64_t count = 0;      // ends after so many samples; 0: never
  std::int64_t timeout_ns = 0;  // ends after so long; 0: never
  WatchOutput output = WatchOutput::kText;
  bool color = false;
  std::string api_key;
  int fd = 1;  // where the output goes
  // A file to record to instead of printing; "-": to fd. Empty: none.
  std::string recording;
};

struct WatchEnd {
  enum class Reason : std::uint8_t { kCount, kTimeout, kOutputClosed, kSignal } reason = Reason::kCount;
  int signal = 0;
  std::uint64_t samples = 0;
  std::uint64_t recorded_frames = 0;
  std::uint64_t recorded_bytes = 0;
};

// The live view of the aggregator whose gRPC address is HOST:PORT: ws://HOST:8080/ws. Null or "": that of
// localhost.
OBS_EXPORT std::string DefaultLiveUrl(const char* aggregator_address);

// Watches until one of the above. A connection that is lost is made again, after a delay that grows; `tell`
// hears of it (`is_problem`: even a quiet program should say it). Errors: INVALID_ARGUMENT (URL, selector or
// option), UNAUTHENTICATED, PERMISSION_DENIED, NOT_FOUND and RESOURCE_EXHAUSTED (refused), UNAVAILABLE and
// DEADLINE_EXCEEDED (the first attempt to connect failed), DATA_LOSS (output or recording cannot be written).
OBS_EXPORT absl::StatusOr<WatchEnd> Watch(const WatchOptions& options, SignalWaiter& signals,
                                          const std::function<void(bool is_problem, std::string_view)>& tell);

}  // namespace obs
