#include "agent/cpu_meter.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/string_view.h"
#include "agent/kernel_units.h"
#include "agent/text_scan.h"

namespace obs {
namespace {

constexpr std::string_view kCounted[] = {"user",   "nice", "system",  "idle",
                                         "iowait", "irq",  "softirq", "steal"};

// A fall of idle time by more than this means that the core was taken away and came back (node_exporter's
// rule).
constexpr std::uint64_t kReplugTicks = 3 * static_cast<std::uint64_t>(kTicksPerSecond);

}  // namespace

void CpuMeter::Read(std::string_view stat_text, MetricSink& sink) {
  while (!stat_text.empty()) {
    std::string_view line = TakeLine(stat_text);
    std::string_view core = TakeField(line);
    // "cpu" alone is the sum of the others.
    if (!core.starts_with("cpu") || core.size() == 3) continue;
    core.remove_prefix(3);
    Ticks now{};
    for (std::uint64_t& ticks : now) ticks = TakeNumber<std::uint64_t>(line).value_or(0);

    const auto [it, is_new] = cores_.try_emplace(std::string(core), now);
    const Ticks before = it->second;
    const bool went_on = !is_new && Advance(it->second, now);
    RecordTimes(core, it->second, sink);

    // Guest time is part of user and nice time already.
    const auto total = [](const Ticks& t) {
      return std::accumulate(t.begin(), t.begin() + kGuest, std::uint64_t{0});
    };
    const auto idle = [](const Ticks& t) { return t[kIdle] + t[kIowait]; };
    if (!went_on || total(it->second) == total(before)) continue;
    const std::uint64_t passed = total(it->second) - total(before);
    const std::uint64_t busy = passed - (idle(it->second) - idle(before));
    sink.Gauge("cpu_percent", 100 * static_cast<double>(busy) / static_cast<double>(passed),
               {{"core", core}});
  }
}

bool CpuMeter::Advance(Ticks& known, const Ticks& now) {
  if (now[kIdle] + kReplugTicks < known[kIdle]) {
    known = now;
    return false;
  }
  for (std::size_t mode = 0; mode < kModes; ++mode) known[mode] = std::max(known[mode], now[mode]);
  return true;
}

void CpuMeter::RecordTimes(std::string_view core, const Ticks& ticks, MetricSink& sink) {
  const auto seconds = [&](Mode mode) { return static_cast<double>(ticks[mode]) / kTicksPerSecond; };
  for (std::size_t mode = 0; mode < std::size(kCounted); ++mode) {
    sink.Total("node_cpu_seconds_total", seconds(static_cast<Mode>(mode)),
               {{"cpu", core}, {"mode", kCounted[mode]}});
  }
  sink.Total("node_cpu_guest_seconds_total", seconds(kGuest), {{"cpu", core}, {"mode", "user"}});
  sink.Total("node_cpu_guest_seconds_total", seconds(kGuestNice), {{"cpu", core}, {"mode", "nice"}});
}

}  // namespace obs
