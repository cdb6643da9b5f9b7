// What a run of obs-bench found, for people and for programs.
//
// Thread safety: values; one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/bench/latencies.h"
#include "obs/export.h"

namespace obs {

enum class FigureUnit : std::uint8_t { kCount, kPerSecond, kNanos, kMillis, kSeconds, kBytes, kRatio };

struct Figure {
  std::string name;   // in JSON
  std::string label;  // for people
  double value = 0;
  FigureUnit unit = FigureUnit::kCount;
  std::string text = {};  // instead of `value`, unless empty
};

// "21.3 M/s", "43.1 ns", "1.5 MiB" ...
std::string FormatFigure(const Figure& figure);

class FigureList {
 public:
  void Add(std::string_view name, std::string_view label, double value, FigureUnit unit);
  void AddCount(std::string_view name, std::string_view label, std::uint64_t value);
  void AddText(std::string_view name, std::string_view label, std::string_view text);
  // NAME_p50_ms, NAME_p90_ms, NAME_p99_ms, NAME_p999_ms and NAME_max_ms.
  void AddLatency(std::string_view name, std::string_view label, const LatencySummary& latency);

  bool empty() const { return figures_.empty(); }
  const std::vector<Figure>& figures() const { return figures_; }

 private:
  std::vector<Figure> figures_;
};

struct BenchReport {
  std::string bench;  // the sub-command
  FigureList figures;
  // The same figures of each case, where one run measures several side by side.
  std::vector<FigureList> cases;
  // What must not happen, whatever the figures: samples lost, doubled or refused.
  std::vector<std::string> faults;

  bool ok() const { return faults.empty(); }
  void Blame(std::string fault) { faults.push_back(std::move(fault)); }

  // One line: {"bench","ok", figures by name, "cases":[...],"faults":[...]}.
  OBS_EXPORT std::string ToJson() const;
  // Lines, each with its "\n". Faults are not among them: they are for stderr.
  OBS_EXPORT std::string ToText() const;
};

}  // namespace obs
