// The checks. Each looks at one thing once, and says what it found; the caller sets name and duration.
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "app/check/context.h"
#include "app/check/result.h"
#include "app/server_status.h"

namespace obs {

// It answers, is an aggregator, and takes the key.
CheckResult CheckHealth(CheckContext& context);
// A sample sent over gRPC comes back live.
CheckResult CheckIngest(CheckContext& context);
// At least so many nodes send, or all that are expected.
CheckResult CheckNodes(CheckContext& context);
// What changes all the time is sent 60 times a second, and without a pause of a second.
CheckResult CheckFrames(CheckContext& context);
// The page for Prometheus can be read, and is made anew each time.
CheckResult CheckExposition(CheckContext& context);
// A Prometheus has scraped this aggregator, and lately.
CheckResult CheckPrometheus(CheckContext& context);
// The page at / and its script are there.
CheckResult CheckDashboard(CheckContext& context);
// Every sample is accounted for.
CheckResult CheckLedger(CheckContext& context);
// Nodes' clocks agree with the aggregator's.
CheckResult CheckClocks(CheckContext& context);

// ---- The parts that only look ----

struct HeardNode {
  std::string service;
  std::string instance;
  bool is_live = false;
  std::int64_t age_ms = 0;  // since it was last heard of
  // Of its live producers, that which is furthest off. See clock_offset.h.
  std::optional<double> clock_offset_seconds;
};

// All nodes that the aggregator has heard of, by name, without the probe's.
std::vector<HeardNode> NodesOf(const ServerStatus& status);

// Warns of nodes whose clock is further off than `max_skew_seconds`, and fails far beyond it.
CheckResult JudgeClocks(const std::vector<HeardNode>& nodes, double max_skew_seconds);

// OK if `page` is an exposition that Prometheus can read. Errors: INVALID_ARGUMENT, naming the line.
// Counts samples, and sets *value to that of the sample called `name` whose text has `label`, if there is
// one.
struct ExpositionFacts {
  std::uint64_t samples = 0;
  double scrapes = -1;     // answered, by the aggregator's own count
  double start_time = -1;  // Unix seconds
  double probe = -1;
};
absl::Status ReadExposition(std::string_view page, ExpositionFacts* facts);

}  // namespace obs
