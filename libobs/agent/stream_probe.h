// Asks an aggregator whether it would take a stream, without sending anything.
//
// Thread safety: any thread. Blocks for at most about `timeout`.
#pragma once

#include <chrono>

#include "absl/status/status.h"
#include "agent/publish_stream.h"

namespace obs {

// Errors: INVALID_ARGUMENT for a key that cannot be sent; UNAVAILABLE or DEADLINE_EXCEEDED if nobody answers;
// otherwise the aggregator's own, such as UNAUTHENTICATED. The message names the address.
absl::Status ProbeStream(const StreamTarget& target, std::chrono::nanoseconds timeout);

}  // namespace obs
