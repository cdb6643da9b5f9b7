// One gRPC stream of load, driven by one thread, which waits inside the calls.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace obs {

// What the aggregator has said of a stream so far.
struct LoadAck {
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::uint64_t duplicates = 0;
  std::vector<std::string> reasons;
};

// The aggregator's hint when to come again, in its trailers.
inline constexpr char kRetryAfterHeader[] = "retry-after-ms";
std::optional<std::int64_t> ParseRetryAfter(std::string_view text);

class LoadStream {
 public:
  enum class Method { kPublish, kStreamTelemetry };
  static const char* PathOf(Method method);

  struct Options {
    std::string address;
    std::string api_key;
    Method method = Method::kPublish;
  };

  // Connects, by gRPC's own client; see also http2_load_stream.h.
  static std::unique_ptr<LoadStream> Open(const Options& options);
  virtual ~LoadStream() = default;

  // Waits until the aggregator can be sent more. `more_follows`: another message comes at once, so this one
  // may wait to go out with it. False: the stream is over, and Finish() says why.
  [[nodiscard]] virtual bool Write(std::string_view message, bool more_follows) = 0;

  // Takes in Acks for at most `timeout_nanos`. False as Write().
  [[nodiscard]] virtual bool Poll(std::int64_t timeout_nanos) = 0;

  // As of the last Ack.
  virtual const LoadAck& ack() const = 0;

  // Half-closes, and waits for the last Ack and the outcome: OK, or the aggregator's words with its address.
  // Call once, last.
  virtual absl::Status Finish() = 0;

  // After Finish(): in how many milliseconds the stream may come again, if the aggregator was overloaded.
  virtual std::optional<std::int64_t> retry_after_ms() const = 0;
};

}  // namespace obs
