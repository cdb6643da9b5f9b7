// One watcher's WebSocket connection.
//
// Beast does the handshake, reads messages and answers control frames; frames go past it (frame_socket.h).
// A reply to a message is sent before the next message is read, so a client that asks without reading is not
// read either. A connection ends when its peer closes or breaks it, breaks the protocol (1002, 1007, 1009),
// takes no byte for `stall_timeout_ns`, or does not answer a ping.
//
// Thread safety: the hub's thread only. Kept alive by its pending operations.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/upgrade.h"
#include "live/frame_senders.h"
#include "live/subscriber.h"

namespace obs {

struct SessionOptions {
  std::size_t max_message_bytes = 64 * 1024;             // of a client's message; beyond: 1009
  std::int64_t ping_interval_ns = 20 * kNanosPerSecond;  // of silence, after which it is pinged
  std::int64_t pong_timeout_ns = 20 * kNanosPerSecond;
  std::int64_t stall_timeout_ns = 30 * kNanosPerSecond;
  std::int64_t close_timeout_ns =
      2 * kNanosPerSecond;  // for the peer's part of the handshake's or of closing
};

enum class SessionEnd : std::uint8_t {
  kPeer,          // closed or lost by the peer
  kProtocol,      // the peer broke the protocol or a limit
  kStalled,       // took no byte for too long
  kUnresponsive,  // did not answer a ping
  kMemory,        // dropped, the longest stalled, to stay within the memory for frames
  kShutdown,
};
inline constexpr std::size_t kSessionEnds = 6;

class LiveSession;

// What a session tells its owner.
class SessionEvents {
 public:
  virtual ~SessionEvents() = default;
  // The handshake is done: frames may be sent.
  virtual void OnOpen(LiveSession& session) = 0;
  // Returns the reply, or "" for none.
  virtual std::string OnMessage(LiveSession& session, std::string_view text) = 0;
  // The last call. Of all calls to the session, only Sweep() may bring it about.
  virtual void OnEnd(LiveSession& session, SessionEnd reason) = 0;
};

class LiveSession : public FrameSink {
 public:
  // `subprotocol`: answered as selected, unless empty. `senders`, `events` and `clock` outlive the
  // io_context's handlers.
  static std::shared_ptr<LiveSession> Create(UpgradeRequest request, std::string subprotocol,
                                             const SessionOptions& options, FrameSenders& senders,
                                             SessionEvents& events, const Clock& clock);

  // Answers the handshake.
  virtual void Start() = 0;
  // Starts to close with 1001.
  virtual void ShutDown() = 0;
  // Looks after the time-outs. Call a few times a second.
  virtual void Sweep() = 0;
};

}  // namespace obs
