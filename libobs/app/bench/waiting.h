// Waiting while a run goes on.
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "app/bench/options.h"

namespace obs {

// Returns after `duration_ns`, or sooner once `look` returns false; it is called about five times a second,
// with the seconds that have passed. Errors: CANCELLED if interrupted.
absl::Status WaitFor(std::int64_t duration_ns, const BenchSetup& setup,
                     const std::function<bool(double seconds)>& look);

}  // namespace obs
