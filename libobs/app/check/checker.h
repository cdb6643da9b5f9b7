// Checks a running system: obs-check without its command line.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "absl/status/statusor.h"
#include "app/check/options.h"
#include "app/check/result.h"
#include "base/signals.h"
#include "obs/export.h"

namespace obs {

struct CheckOutcome {
  CheckSummary summary;
  bool is_unreachable = false;  // the aggregator cannot be reached, or refuses the key
  bool interrupted = false;
};

struct CheckTalk {
  std::function<void(std::size_t checks)> begin;
  std::function<void(const CheckResult& result)> add;  // each as soon as it is known
  std::function<void(std::string_view text)> progress;
};

// Runs all checks, one after the other, and the assertions. What fails is tried again while `wait_ns` lasts.
// After one that shows the aggregator to be unreachable, the rest is skipped. `signals` was made before any
// other thread; SIGINT and SIGTERM end it. The talk is called from another thread than this, one at a time.
// Errors: INVALID_ARGUMENT for options that make no sense.
OBS_EXPORT absl::StatusOr<CheckOutcome> RunChecks(const CheckOptions& options, SignalWaiter& signals,
                                                  const CheckTalk& talk);

}  // namespace obs
