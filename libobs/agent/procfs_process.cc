// /proc/self/stat.
#include <unistd.h>

#include <array>

#include "agent/kernel_units.h"
#include "agent/procfs.h"
#include "agent/text_scan.h"

namespace obs::procfs {

// "12624 (cat) R 12622 ...": the name in brackets may hold blanks and brackets, so count from the last one.
void ReadOwnUse(std::string_view text, double boot_time_seconds, MetricSink& sink) {
  const std::size_t bracket = text.rfind(')');
  if (bracket == std::string_view::npos) return;
  std::string_view rest = text.substr(bracket + 1);
  // Numbered as in proc(5): 3 is the state, the first after the name.
  std::array<double, 25> fields{};
  TakeField(rest);
  for (std::size_t i = 4; i < fields.size(); ++i) {
    const auto value = TakeNumber<double>(rest);
    if (!value) return;
    fields[i] = *value;
  }
  constexpr std::size_t kUserTicks = 14, kSystemTicks = 15, kStartTicks = 22, kVirtualBytes = 23,
                        kResidentPages = 24;
  sink.Total("process_cpu_seconds_total", (fields[kUserTicks] + fields[kSystemTicks]) / kTicksPerSecond, {});
  sink.Gauge("process_virtual_memory_bytes", fields[kVirtualBytes], {});
  sink.Gauge("process_resident_memory_bytes", fields[kResidentPages] * static_cast<double>(getpagesize()),
             {});
  if (boot_time_seconds > 0) {
    sink.Gauge("process_start_time_seconds", boot_time_seconds + fields[kStartTicks] / kTicksPerSecond, {});
  }
}

}  // namespace obs::procfs
