// The obs-agent program: collectors that record into an Agent until a signal ends it.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "absl/status/status.h"
#include "base/clock.h"
#include "base/signals.h"
#include "obs/config.h"
#include "obs/export.h"

namespace obs {

struct AgentProcessOptions {
  // What names the service by default is up to the collectors: "demo" where they simulate one, else the
  // host's name.
  Config agent;
  bool collect_host = true;
  bool collect_demo = false;
  // How often the host is measured. The demo follows the push interval.
  std::int64_t collect_interval_nanos = kNanosPerSecond;
};

// Something to tell people, without the program's name in front.
using TellPeople = std::function<void(bool is_problem, std::string_view text)>;

// Errors: INVALID_ARGUMENT for options that make no sense.
OBS_EXPORT absl::Status CheckAgentProcess(const AgentProcessOptions& options);

// Runs until SIGINT or SIGTERM, whether or not the aggregator is there, then sends what is left. `signals`
// was made before any other thread. Sets `signal` to what ended it. Errors: INVALID_ARGUMENT for options that
// make no sense; UNIMPLEMENTED if the host cannot be measured here.
OBS_EXPORT absl::Status RunAgentProcess(const AgentProcessOptions& options, SignalWaiter& signals,
                                        const TellPeople& tell, int* signal);

}  // namespace obs
