#include "app/bench/run_meter.h"

#include <utility>

#include "base/clock.h"
#include "base/process_usage.h"

namespace obs {

absl::Status RunMeter::Begin() {
  auto status = target_.ReadStatus();
  if (!status.ok()) return status.status();
  before_ = *std::move(status);
  client_cpu_start_ = MeasureProcessUsage().cpu_seconds;
  start_ns_ = Clock::System().MonotonicNanos();
  return absl::OkStatus();
}

absl::Status RunMeter::End() {
  seconds_ = static_cast<double>(Clock::System().MonotonicNanos() - start_ns_) / kNanosPerSecond;
  client_cpu_seconds_ = MeasureProcessUsage().cpu_seconds - client_cpu_start_;
  auto status = target_.ReadStatus();
  if (!status.ok()) return status.status();
  after_ = *std::move(status);
  return absl::OkStatus();
}

void RunMeter::AddThroughput(std::uint64_t samples, FigureList& figures) const {
  const auto count = static_cast<double>(samples);
  figures.AddCount("samples", "samples", samples);
  figures.Add("samples_per_second", "throughput", count / seconds_, FigureUnit::kPerSecond);
  figures.Add("server_cpu_ns_per_sample", "server CPU a sample", server_cpu_seconds() * 1e9 / count,
              FigureUnit::kNanos);
  figures.Add("client_cpu_ns_per_sample", "client CPU a sample", client_cpu_seconds_ * 1e9 / count,
              FigureUnit::kNanos);
}

void RunMeter::AddTicks(FigureList& figures) const {
  figures.Add("tick_lateness_p50_ms", "tick lateness p50", after_.live.tick_lateness_p50_ms,
              FigureUnit::kMillis);
  figures.Add("tick_lateness_p99_ms", "tick lateness p99", after_.live.tick_lateness_p99_ms,
              FigureUnit::kMillis);
  figures.Add("tick_duration_p50_ms", "tick duration p50", after_.live.tick_duration_p50_ms,
              FigureUnit::kMillis);
  figures.Add("tick_duration_p99_ms", "tick duration p99", after_.live.tick_duration_p99_ms,
              FigureUnit::kMillis);
  figures.AddCount("ticks_missed", "ticks missed", after_.live.ticks_missed - before_.live.ticks_missed);
}

void RunMeter::AddServer(FigureList& figures) const {
  figures.Add("server_cpu_cores", "server CPU, cores", server_cpu_seconds() / seconds_, FigureUnit::kRatio);
  figures.Add("server_resident_bytes", "server memory", static_cast<double>(after_.resident_bytes),
              FigureUnit::kBytes);
}

}  // namespace obs
