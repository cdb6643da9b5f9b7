#include "ingest/backlog_gate.h"

#include <algorithm>
#include <utility>

#include "spdlog/spdlog.h"

namespace obs {
namespace {

constexpr int kShedOneOf = 3;

}  // namespace

BacklogGate::BacklogGate(int cores, std::function<double()> cpu_seconds, const Clock& clock)
    : cores_(std::max(cores, 1)), cpu_seconds_(std::move(cpu_seconds)), clock_(clock) {}

bool BacklogGate::AdmitsStream() {
  if (!overloaded_.load(std::memory_order_relaxed)) return true;
  // Where nobody sends any more, nobody begins a period either.
  return clock_.MonotonicNanos() / kPeriodNs > period_.load(std::memory_order_relaxed) + 1;
}

bool BacklogGate::AdmitsBatch(StreamLoad& load) {
  if (!load.is_behind || excess_.load(std::memory_order_relaxed) <= 0) return true;
  return excess_.fetch_sub(1, std::memory_order_relaxed) <= 0;
}

void BacklogGate::NoteLag(StreamLoad& load, std::int64_t lag_ns) {
  const std::int64_t now_ns = clock_.MonotonicNanos();
  if (now_ns - load.span_began >= kLagSpanNs) {
    load.least_lag_before_ns = load.least_lag_ns;
    load.least_lag_ns = lag_ns;
    load.span_began = now_ns;
  }
  load.least_lag_ns = std::min(load.least_lag_ns, lag_ns);

  const std::int64_t period = now_ns / kPeriodNs;
  if (period == load.period) return;
  if (period > period_.load(std::memory_order_relaxed)) BeginPeriod(period, now_ns);
  active_.fetch_add(1, std::memory_order_relaxed);
  load.is_behind = period == load.period + 1 && lag_ns > load.lag_ns &&
                   lag_ns - kBehindNs >= std::min(load.least_lag_ns, load.least_lag_before_ns);
  if (load.is_behind) behind_.fetch_add(1, std::memory_order_relaxed);
  load.period = period;
  load.lag_ns = lag_ns;
}

void BacklogGate::BeginPeriod(std::int64_t period, std::int64_t now_ns) {
  const MutexLock lock(mutex_);
  const std::int64_t before = period_.load(std::memory_order_relaxed);
  if (period <= before) return;  // another stream was first
  period_.store(period, std::memory_order_relaxed);
  const int active = active_.exchange(0, std::memory_order_relaxed);
  const int behind = behind_.exchange(0, std::memory_order_relaxed);
  const double cpu = cpu_seconds_();
  const auto seconds = static_cast<double>(now_ns - began_ns_) / kNanosPerSecond;
  const bool is_busy = (cpu - cpu_before_) / seconds / cores_ >= kLeastCpuShare;
  began_ns_ = now_ns;
  cpu_before_ = cpu;
  const bool is_bad = period == before + 1 && behind > 0 && 2 * behind >= active && is_busy;
  bad_periods_ = is_bad ? bad_periods_ + 1 : 0;
  const bool overloaded = bad_periods_ >= kPeriods;
  // Once a second: what the last shedding has brought is seen only then.
  const bool sheds = overloaded && bad_periods_ % kPeriods == 0;
  excess_.store(sheds ? (behind + kShedOneOf - 1) / kShedOneOf : 0, std::memory_order_relaxed);
  if (overloaded_.exchange(overloaded, std::memory_order_relaxed) == overloaded) return;
  if (overloaded) {
    spdlog::warn("overloaded: {} of {} streams fall behind; some are told to come again later", behind,
                 active);
  } else {
    spdlog::info("no longer overloaded");
  }
}

}  // namespace obs
