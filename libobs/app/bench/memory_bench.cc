#include <algorithm>
#include <string>
#include <string_view>
#include <thread>

#include "app/bench/bench.h"
#include "app/bench/bench_series.h"
#include "app/bench/history_filler.h"
#include "app/bench/load_generator.h"
#include "app/bench/target.h"
#include "app/bench/waiting.h"
#include "base/clock.h"
#include "fmt/format.h"

namespace obs {
namespace {

constexpr std::int64_t kWarmUpNs = kNanosPerSecond;
// The aggregator looks after its memory once a second.
constexpr std::int64_t kSettleNs = 2 * kNanosPerSecond;

// What is allocated once, whatever the number of series, is not to be counted as theirs.
absl::Status WarmUp(const BenchTarget& target, const BenchSetup& setup) {
  auto load = LoadGenerator::Start({.series = 100, .streams = 1}, target, setup.interrupted);
  if (!load.ok()) return load.status();
  (*load)->Run();
  const absl::Status waited = WaitFor(kWarmUpNs, setup, [](double) { return true; });
  (void)(*load)->Stop();
  return waited;
}

absl::StatusOr<ServerStatus> Settle(const BenchTarget& target, const BenchSetup& setup) {
  if (absl::Status status = WaitFor(kSettleNs, setup, [](double) { return true; }); !status.ok())
    return status;
  return target.ReadStatus();
}

struct Growth {
  double resident = 0;
  double store = 0;
};

Growth PerSeries(const ServerStatus& before, const ServerStatus& after, std::uint64_t series) {
  const auto per = [series](std::uint64_t from, std::uint64_t to) {
    return series == 0 ? 0
                       : (static_cast<double>(to) - static_cast<double>(from)) / static_cast<double>(series);
  };
  return {per(before.resident_bytes, after.resident_bytes), per(before.store_bytes, after.store_bytes)};
}

}  // namespace

absl::StatusOr<BenchReport> RunMemoryBench(const MemoryBenchOptions& options, const BenchSetup& setup) {
  const auto target =
      BenchTarget::Open(setup.target, ArgumentsForSeries(options.series + options.histograms));
  if (!target.ok()) return target.status();
  setup.progress("memory: warming up");
  if (absl::Status status = WarmUp(**target, setup); !status.ok()) return status;
  const auto empty = Settle(**target, setup);
  if (!empty.ok()) return empty.status();

  BenchReport report{.bench = "memory"};
  HistoryFiller points(**target, options.history_ns, {.series = options.series});
  if (absl::Status status = points.Run(setup, report); !status.ok()) return status;
  const auto with_points = Settle(**target, setup);
  if (!with_points.ok()) return with_points.status();

  HistoryFiller histograms(**target, options.history_ns, {.histograms = options.histograms});
  if (absl::Status status = histograms.Run(setup, report); !status.ok()) return status;
  const auto full = Settle(**target, setup);
  if (!full.ok()) return full.status();
  points.Check(*full, report);
  histograms.Check(*full, report);

  const Growth point = PerSeries(*empty, *with_points, options.series);
  const Growth histogram = PerSeries(*with_points, *full, options.histograms);
  FigureList& figures = report.figures;
  figures.AddCount("series", "gauges and counters", options.series);
  figures.AddCount("histograms", "histograms", options.histograms);
  figures.Add("history_seconds", "history of each", static_cast<double>(options.history_ns) / kNanosPerSecond,
              FigureUnit::kSeconds);
  figures.Add("bytes_per_series", "a gauge or counter, resident", point.resident, FigureUnit::kBytes);
  figures.Add("store_bytes_per_series", "the same, as the store counts", point.store, FigureUnit::kBytes);
  figures.Add("bytes_per_histogram_series", "a histogram, resident", histogram.resident, FigureUnit::kBytes);
  figures.Add("store_bytes_per_histogram_series", "the same, as the store counts", histogram.store,
              FigureUnit::kBytes);
  figures.Add("server_resident_bytes", "server memory", static_cast<double>(full->resident_bytes),
              FigureUnit::kBytes);
  return report;
}

}  // namespace obs
