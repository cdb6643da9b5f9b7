// Many watchers in one thread: WebSocket connections that do no more with a frame than to count it and look
// at its head, so that the aggregator has most of the machine.
//
// Thread safety: one thread; reading has one of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "app/bench/report.h"
#include "app/bench/socket_reader.h"

namespace obs {

struct WatcherPoolOptions {
  std::string live_url;  // "ws://HOST:PORT/ws"
  std::string api_key;
  int watchers = 1;
  int rate_hz = 60;
  // Watcher i has selector i modulo their number. Not empty.
  std::vector<std::string> selectors;
};

class WatcherPool {
 public:
  // Connects all. Errors: INVALID_ARGUMENT (the URL), UNAVAILABLE, UNAUTHENTICATED or RESOURCE_EXHAUSTED,
  // naming the address, or the limit on files that was reached.
  static absl::StatusOr<std::unique_ptr<WatcherPool>> Connect(const WatcherPoolOptions& options);

  const SocketReader& reader() const { return reader_; }

 private:
  SocketReader reader_;
};

// Blames in `report` frames that were lost or doubled, and watchers that the aggregator cut off.
void CheckFrames(const FrameCounts& counts, std::uint64_t lost_watchers, BenchReport& report);

// Lets this process, and those it starts, open as many files as the system gives.
void RaiseFileLimit();

}  // namespace obs
