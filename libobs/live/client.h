// The client's side of the live view: a blocking WebSocket client for ws://HOST:8080/ws.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "wire/live_frame.h"

namespace obs {

struct LiveClientOptions {
  std::string url = "ws://localhost:8080/ws";  // without a path, "/ws" is meant
  std::vector<std::string> selectors;          // none: everything
  int rate_hz = 60;
  std::int64_t since_ns = 0;
  LiveFormat format = LiveFormat::kJson;
  std::string api_key;
  std::vector<std::pair<std::string, std::string>> headers;  // sent along with the handshake
  std::int64_t connect_timeout_ns = 10 * kNanosPerSecond;
  // Asked about 20 times a second while a call waits: true makes it return CANCELLED. Null: never.
  std::function<bool()> interrupted;
};

class LiveClient {
 public:
  explicit LiveClient(LiveClientOptions options);
  ~LiveClient();
  LiveClient(const LiveClient&) = delete;
  LiveClient& operator=(const LiveClient&) = delete;

  // Errors, with the server's words where it gave any: INVALID_ARGUMENT (the URL, or a refused selector or
  // option), UNAUTHENTICATED, PERMISSION_DENIED (key or origin), NOT_FOUND (no live view there),
  // RESOURCE_EXHAUSTED (too many watchers), UNAVAILABLE (no connection), DEADLINE_EXCEEDED, CANCELLED
  // (interrupted). Call once.
  absl::Status Connect();

  // Waits for the next message, up to `timeout_ns`. Errors: DEADLINE_EXCEEDED (none came; read on),
  // UNAVAILABLE (the connection ended; the text has the server's close code and words), CANCELLED
  // (interrupted).
  absl::Status Read(std::string* message, std::int64_t timeout_ns);
  // Whether the last message was binary.
  bool got_binary() const;
  // The code of the server's close frame, after Read() failed; 0 if it sent none.
  int close_code() const;

  absl::Status SendText(std::string_view message);

  // Says good-bye, and waits a moment for the answer.
  void Close();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// A URL's path and query, with what `options` ask for added to the query: "/ws?match=%2A&rate=60".
std::string LiveTarget(std::string_view target, const LiveClientOptions& options);

}  // namespace obs
