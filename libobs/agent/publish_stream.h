// One call of TelemetryIngestor.Publish, from connecting to its end: the only part of the client that knows
// gRPC.
//
// Thread safety: methods may be called from any thread, also while holding a lock that the events take:
// events come from gRPC's threads and never from within a method.
// Ownership: destroy a stream only after OnClosed(), and neither from an event nor while holding such a lock,
// since that waits for gRPC's threads. `events` outlives it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "agent/ack.h"

namespace obs {

struct StreamTarget {
  std::string address;  // HOST:PORT
  std::string api_key;  // empty: none
  std::int64_t connect_timeout_nanos = 0;
};

// OK if a stream to `target` can be opened at all. Errors: INVALID_ARGUMENT, for a key that cannot be sent.
absl::Status CheckTarget(const StreamTarget& target);

struct StreamEnd {
  absl::Status status;
  std::optional<std::int64_t> retry_after_nanos;  // as the aggregator asks
};

class StreamEvents {
 public:
  virtual ~StreamEvents() = default;

  // The aggregator answered. Should it refuse the call, OnClosed() follows at once.
  virtual void OnOpen() = 0;
  // The last Write() is done.
  virtual void OnWritable() = 0;
  virtual void OnAck(const Ack& ack) = 0;
  // The last event, always.
  virtual void OnClosed(const StreamEnd& end) = 0;
};

class PublishStream {
 public:
  // `target` passed CheckTarget(). Writable from the start.
  static std::unique_ptr<PublishStream> Open(const StreamTarget& target, StreamEvents& events);
  virtual ~PublishStream() = default;

  // Sends one message, the head followed by the body, which may be null. Only when writable, and not after
  // HalfClose().
  virtual void Write(std::string head, std::shared_ptr<const std::string> body) = 0;
  // Says that no more follows. Only when writable.
  virtual void HalfClose() = 0;
  // Ends the stream without waiting for the aggregator.
  virtual void Cancel() = 0;
};

}  // namespace obs
