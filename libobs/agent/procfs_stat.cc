// /proc/stat, /proc/loadavg, /proc/pressure, /proc/sys/fs/file-nr.
#include <array>
#include <cstdint>
#include <utility>

#include "agent/procfs.h"
#include "agent/text_scan.h"

namespace obs::procfs {
namespace {

constexpr double kMicrosPerSecond = 1e6;

// A line: "some avg10=0.00 avg60=0.00 avg300=0.00 total=7853032", the total in microseconds.
void ReadPressure(std::string_view text, std::string_view share, std::string_view name, MetricSink& sink) {
  constexpr std::string_view kTotal = "total=";
  while (!text.empty()) {
    std::string_view line = TakeLine(text);
    if (TakeField(line) != share) continue;
    const std::size_t at = line.find(kTotal);
    if (at == std::string_view::npos) continue;
    line.remove_prefix(at + kTotal.size());
    if (const auto micros = TakeNumber<std::uint64_t>(line)) {
      sink.Total(name, static_cast<double>(*micros) / kMicrosPerSecond, {});
    }
  }
}

}  // namespace

void ReadStat(std::string_view text, MetricSink& sink) {
  while (!text.empty()) {
    std::string_view line = TakeLine(text);
    const std::string_view key = TakeField(line);
    if (key.starts_with("cpu")) continue;
    const auto value = TakeNumber<double>(line);
    if (!value) continue;
    if (key == "intr") sink.Total("node_intr_total", *value, {});
    if (key == "ctxt") sink.Total("node_context_switches_total", *value, {});
    if (key == "btime") sink.Gauge("node_boot_time_seconds", *value, {});
    if (key == "processes") sink.Total("node_forks_total", *value, {});
    if (key == "procs_running") sink.Gauge("node_procs_running", *value, {});
    if (key == "procs_blocked") sink.Gauge("node_procs_blocked", *value, {});
  }
}

double BootTimeSeconds(std::string_view stat_text) {
  while (!stat_text.empty()) {
    std::string_view line = TakeLine(stat_text);
    if (TakeField(line) == "btime") return TakeNumber<double>(line).value_or(0);
  }
  return 0;
}

void ReadLoadAverage(std::string_view text, MetricSink& sink) {
  std::string_view line = TakeLine(text);
  for (const std::string_view name : {"node_load1", "node_load5", "node_load15"}) {
    if (const auto load = TakeNumber<double>(line)) sink.Gauge(name, *load, {});
  }
}

void ReadCpuPressure(std::string_view text, MetricSink& sink) {
  // "full" makes no sense for the processors of a whole machine.
  ReadPressure(text, "some", "node_pressure_cpu_waiting_seconds_total", sink);
}

void ReadIoPressure(std::string_view text, MetricSink& sink) {
  ReadPressure(text, "some", "node_pressure_io_waiting_seconds_total", sink);
  ReadPressure(text, "full", "node_pressure_io_stalled_seconds_total", sink);
}

void ReadMemoryPressure(std::string_view text, MetricSink& sink) {
  ReadPressure(text, "some", "node_pressure_memory_waiting_seconds_total", sink);
  ReadPressure(text, "full", "node_pressure_memory_stalled_seconds_total", sink);
}

void ReadFileHandles(std::string_view text, MetricSink& sink) {
  std::string_view line = TakeLine(text);
  const auto allocated = TakeNumber<double>(line);
  TakeField(line);  // allocated and unused: always 0 since Linux 2.6
  const auto maximum = TakeNumber<double>(line);
  if (allocated) sink.Gauge("node_filefd_allocated", *allocated, {});
  if (maximum) sink.Gauge("node_filefd_maximum", *maximum, {});
}

}  // namespace obs::procfs
