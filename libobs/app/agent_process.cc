#include "app/agent_process.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/agent_sink.h"
#include "agent/demo_collector.h"
#include "agent/host_collector.h"
#include "app/aggregator_address.h"
#include "app/connection_watch.h"
#include "app/spool_words.h"
#include "fmt/format.h"
#include "obs/agent.h"
#include "spdlog/spdlog.h"

namespace obs {
namespace {

// How often the connection is looked at, and so how late a line about it may be.
constexpr std::int64_t kWatchIntervalNanos = 100 * kNanosPerMilli;

// A collector and when it is next to run.
struct Duty {
  std::unique_ptr<Collector> collector;
  std::int64_t interval_nanos;
  std::int64_t due_nanos;
};

// Runs what is due. Returns when the next is.
std::int64_t RunDue(std::vector<Duty>& duties, std::int64_t now) {
  std::int64_t next = now + kWatchIntervalNanos;
  for (Duty& duty : duties) {
    if (duty.due_nanos <= now) {
      duty.collector->Collect();
      // Keeps its beat, yet skips what it slept through.
      duty.due_nanos += duty.interval_nanos;
      if (duty.due_nanos <= now) duty.due_nanos = now + duty.interval_nanos;
    }
    next = std::min(next, duty.due_nanos);
  }
  return next;
}

absl::StatusOr<std::vector<Duty>> MakeDuties(const AgentProcessOptions& options, MetricSink& sink,
                                             const Clock& clock) {
  std::vector<Duty> duties;
  const std::int64_t now = clock.MonotonicNanos();
  if (options.collect_host) {
    auto host = MakeHostCollector(sink);
    if (host == nullptr) return absl::UnimplementedError("this platform's host metrics are not supported");
    duties.push_back({std::move(host), options.collect_interval_nanos, now});
  }
  if (options.collect_demo) {
    const std::int64_t interval = std::chrono::nanoseconds(options.agent.push_interval).count();
    duties.push_back({std::make_unique<DemoCollector>(sink, clock, std::random_device()()), interval, now});
  }
  return duties;
}

// Returns the signal that ended it.
int RunUntilSignal(std::vector<Duty>& duties, const Agent& agent, ConnectionWatch& watch,
                   SignalWaiter& signals, const TellPeople& tell, const Clock& clock) {
  std::int64_t watch_due = clock.MonotonicNanos();
  while (true) {
    const std::int64_t now = clock.MonotonicNanos();
    const std::int64_t next = RunDue(duties, now);
    if (now >= watch_due) {
      watch_due = now + kWatchIntervalNanos;
      const Stats stats = agent.stats();
      const auto notice = watch.Update(stats.connected, stats.last_error, now);
      if (notice) tell(notice->is_problem, notice->text);
    }
    const std::int64_t wait = std::max<std::int64_t>(0, std::min(next, watch_due) - clock.MonotonicNanos());
    const auto signal = signals.Wait(wait);
    if (signal == SIGINT || signal == SIGTERM) return *signal;
  }
}

void TellBalance(const Stats& stats, const std::string& spool_dir, const TellPeople& tell) {
  for (const auto& [reason, count] : stats.dropped) {
    tell(true, fmt::format("{} samples dropped: {}", count, reason));
  }
  if (stats.rejected > 0) tell(true, fmt::format("{} samples rejected by the aggregator", stats.rejected));
  if (stats.acknowledged < stats.sent) {
    const std::uint64_t left = stats.sent - stats.acknowledged;
    tell(true,
         fmt::format("{} samples not confirmed by the aggregator{}", left,
                     SpoolWords(spool_dir, "for the next start", left, stats.unspooled, stats.spool_error)));
  }
  tell(false, fmt::format("stopped: {} samples sent, {} confirmed", stats.sent, stats.acknowledged));
}

}  // namespace

absl::Status CheckAgentProcess(const AgentProcessOptions& options) {
  if (auto status = CheckAggregatorAddress(options.agent.aggregator_addr); !status.ok()) return status;
  if (options.collect_interval_nanos <= 0)
    return absl::InvalidArgumentError("the collect interval must be above 0");
  if (options.agent.push_interval.count() <= 0)
    return absl::InvalidArgumentError("the push interval must be at least 1ms");
  return absl::OkStatus();
}

absl::Status RunAgentProcess(const AgentProcessOptions& options, SignalWaiter& signals,
                             const TellPeople& tell, int* signal) {
  if (auto status = CheckAgentProcess(options); !status.ok()) return status;
  Config config = options.agent;
  if (config.service_name.empty() && options.collect_demo && !options.collect_host)
    config.service_name = "demo";

  // What the client's log warns of, `tell` tells.
  if (spdlog::get_level() == spdlog::level::warn) spdlog::set_level(spdlog::level::err);
  const Clock& clock = Clock::System();
  Agent agent(config);
  AgentSink sink(agent);
  auto duties = MakeDuties(options, sink, clock);
  if (!duties.ok()) return duties.status();
  if (const Result started = agent.Start(); !started) return absl::ResourceExhaustedError(started.message);
  tell(false, fmt::format("sending to {} as service \"{}\", instance \"{}\"", config.aggregator_addr,
                          agent.service_name(), agent.instance_id()));
  ConnectionWatch watch(config.aggregator_addr, clock.MonotonicNanos());
  *signal = RunUntilSignal(*duties, agent, watch, signals, tell, clock);
  agent.Stop();
  TellBalance(agent.stats(), config.spool_dir, tell);
  return absl::OkStatus();
}

}  // namespace obs
