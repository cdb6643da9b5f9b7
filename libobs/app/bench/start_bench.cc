#include "app/bench/bench.h"
#include "app/bench/server_process.h"
#include "fmt/format.h"

namespace obs {

absl::StatusOr<BenchReport> RunStartBench(const StartBenchOptions& options, const BenchSetup& setup) {
  if (!setup.target.grpc.empty()) {
    return absl::InvalidArgumentError("start measures aggregators that it starts: it takes no --target");
  }
  Latencies starts;
  for (std::uint64_t i = 0; i < options.starts; ++i) {
    if (setup.interrupted()) return absl::CancelledError("interrupted");
    setup.progress(fmt::format("start: {} of {}", i + 1, options.starts));
    const auto server = ServerProcess::Start({});
    if (!server.ok()) return server.status();
    starts.Record((*server)->started_in_ns());
  }

  const LatencySummary summary = starts.Summary();
  BenchReport report{.bench = "start"};
  report.figures.AddCount("starts", "starts", summary.count);
  report.figures.Add("start_p50_ms", "from exec to ready, p50", summary.p50_ms, FigureUnit::kMillis);
  report.figures.Add("start_max_ms", "from exec to ready, max", summary.max_ms, FigureUnit::kMillis);
  return report;
}

}  // namespace obs
