// The processors' lines of /proc/stat: time per core and mode as node_exporter has it, and
// `cpu_percent{core}`, the busy share since the reading before, for people who watch: node_exporter leaves
// that to queries.
//
// Idle and I/O-wait times of the kernel sometimes fall a little. A total that falls would look like a
// restart, so each keeps its highest value; only a core that was taken away and came back begins anew.
//
// Thread safety: none.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "agent/metric_sink.h"

namespace obs {

class CpuMeter {
 public:
  // `stat_text`: the text of /proc/stat. The first reading of a core yields no percentage.
  void Read(std::string_view stat_text, MetricSink& sink);

 private:
  enum Mode { kUser, kNice, kSystem, kIdle, kIowait, kIrq, kSoftirq, kSteal, kGuest, kGuestNice, kModes };
  using Ticks = std::array<std::uint64_t, kModes>;

  // False if the core began anew.
  static bool Advance(Ticks& known, const Ticks& now);
  static void RecordTimes(std::string_view core, const Ticks& ticks, MetricSink& sink);

  absl::flat_hash_map<std::string, Ticks> cores_;
};

}  // namespace obs
