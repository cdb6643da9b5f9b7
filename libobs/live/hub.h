// The live view: 60 times a second, what changed goes to everybody who watches it.
//
// One thread owns the tick and all connections; a few others only write the frames it has made. It takes
// connections over from the HTTP server, which answers those that are refused.
//
// Thread safety: any thread, but for TickForTest(). Stop() is not called from a handler of the hub.
// When full: a watcher beyond max_sessions is refused with 503; frames in memory beyond max_frame_bytes cost
// the watchers stuck the longest their connections.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "base/clock.h"
#include "buffer/store.h"
#include "http/message.h"
#include "live/session.h"

namespace obs {

struct UpgradeRequest;

struct HubOptions {
  SessionOptions session;
  std::size_t max_sessions = 4096;
  std::size_t max_frame_bytes = 256 * 1024 * 1024;
  // Whose web pages may watch, beside those of the same host: see origin.h.
  std::vector<std::string> allow_origins;
  // Whether this key may watch: UNAUTHENTICATED becomes 401, PERMISSION_DENIED 403. Null: everybody may. Any
  // thread.
  std::function<absl::Status(std::string_view key)> authorize;
  // For tests: no tick comes by itself.
  bool manual_ticks = false;
};

struct LiveStats {
  std::size_t watchers = 0;
  std::size_t groups = 0;  // different selections
  std::size_t watched_series = 0;
  std::size_t frame_bytes = 0;  // held in memory
  std::uint64_t frames_sent = 0;
  std::uint64_t frames_skipped = 0;  // that slow watchers missed; they got the newest values later
  std::uint64_t bytes_sent = 0;
  std::uint64_t watchers_accepted = 0;
  std::array<std::uint64_t, kSessionEnds> watchers_ended{};  // by SessionEnd

  // Refused before the upgrade.
  std::uint64_t rejected_origin = 0;
  std::uint64_t rejected_key = 0;
  std::uint64_t rejected_request = 0;  // a bad query
  std::uint64_t rejected_limit = 0;
  std::uint64_t bad_messages = 0;  // answered with an error

  std::uint64_t ticks = 0;
  std::uint64_t ticks_missed = 0;  // left out because the one before took too long
  // How late ticks came, over the last 10 to 20 seconds; 0 if there were none.
  double tick_lateness_p50_seconds = 0;
  double tick_lateness_p99_seconds = 0;
  double tick_lateness_max_seconds = 0;
  // How long ticks took, in the same time: to find what changed, and to make the frames.
  double tick_duration_p50_seconds = 0;
  double tick_duration_p99_seconds = 0;
  double tick_duration_max_seconds = 0;
};

// "peer", "protocol", "stalled" ...
std::string_view SessionEndName(SessionEnd end);

class Hub {
 public:
  // `store` and `clock` outlive the hub, which is the one consumer of the store's feed. `clock` is the
  // system's, unless ticks are manual.
  Hub(HubOptions options, Store& store, const Clock& clock);
  ~Hub();  // as Stop()
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  void Start();

  // For HttpServer::OnUpgrade(): takes the connection over, or says why not.
  std::optional<HttpResponse> Upgrade(UpgradeRequest& upgrade);

  LiveStats stats() const;

  // Closes all connections with 1001, drops those that do not close in time, and ends the thread.
  void Stop();

  // Runs one tick at the clock's time, and returns when it is done.
  void TickForTest();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace obs
