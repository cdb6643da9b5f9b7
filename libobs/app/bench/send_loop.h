// The floor under any fan-out: a plain loop of blocking send() over as many connections, read in the same
// way.
//
// Thread safety: blocks its caller.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "app/bench/options.h"

namespace obs {

struct SendLoopResult {
  double sends_per_second = 0;
  double cpu_ns_per_send = 0;  // of the sending thread
};

// Sends WebSocket frames of `frame_bytes` over `connections` connections, one after the other and round and
// round, for `duration_ns`. Errors: RESOURCE_EXHAUSTED if the system gives no such number of connections;
// CANCELLED if interrupted.
absl::StatusOr<SendLoopResult> RunSendLoop(int connections, std::uint64_t frame_bytes,
                                           std::int64_t duration_ns, const BenchSetup& setup);

}  // namespace obs
