#include "agent/host_interfaces.h"

#include "agent/text_scan.h"
#include "fmt/format.h"

namespace obs {

void HostInterfaces::Read(std::span<const std::string_view> names, MetricSink& sink) {
  constexpr double kBytesPerMegabit = 1e6 / 8;
  for (const std::string_view name : names) {
    auto it = files_.find(std::string(name));
    if (it == files_.end()) {
      const std::string base = fmt::format("{}/{}/", directory_, name);
      it = files_.emplace(name, Files{ProcFile(base + "operstate"), ProcFile(base + "speed")}).first;
    }
    it->second.seen = true;
    if (auto text = it->second.state.Read(buffer_)) {
      sink.Gauge("node_network_up", TakeLine(*text) == "up" ? 1 : 0, {{"device", name}});
    }
    // Unreadable where an interface is down, negative where it has no speed, as virtual ones.
    if (auto text = it->second.speed.Read(buffer_)) {
      const auto megabits = ToNumber<double>(TakeLine(*text));
      if (megabits && *megabits > 0) {
        sink.Gauge("node_network_speed_bytes", *megabits * kBytesPerMegabit, {{"device", name}});
      }
    }
  }
  absl::erase_if(files_, [](auto& entry) { return !std::exchange(entry.second.seen, false); });
}

}  // namespace obs
