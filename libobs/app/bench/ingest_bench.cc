#include <algorithm>
#include <thread>

#include "app/bench/bench.h"
#include "app/bench/load_generator.h"
#include "app/bench/run_meter.h"
#include "app/bench/target.h"
#include "app/bench/waiting.h"
#include "base/clock.h"
#include "fmt/format.h"

namespace obs {
namespace {

constexpr std::int64_t kDefaultNs = 10 * kNanosPerSecond;

void AddParameters(const LoadOptions& options, FigureList& figures) {
  figures.AddText("form", "form", options.form == LoadForm::kCompact ? "compact" : "simple");
  figures.AddCount("series", "series", options.series);
  figures.AddCount("batch", "samples a batch", options.batch);
  figures.AddCount("streams", "streams", static_cast<std::uint64_t>(options.streams));
}

}  // namespace

absl::StatusOr<BenchReport> RunIngestBench(const LoadOptions& options, const BenchSetup& setup) {
  const auto target = BenchTarget::Open(setup.target, ArgumentsForSeries(options.series));
  if (!target.ok()) return target.status();
  setup.progress("ingest: announcing the series");
  auto load = LoadGenerator::Start(options, **target, setup.interrupted);
  if (!load.ok()) return load.status();

  RunMeter meter(**target);
  if (absl::Status status = meter.Begin(); !status.ok()) return status;
  const std::uint64_t sent_before = (*load)->sent();
  (*load)->Run();
  const std::int64_t duration_ns = setup.DurationOr(kDefaultNs);
  const absl::Status waited = WaitFor(duration_ns, setup, [&](double seconds) {
    setup.progress(fmt::format("ingest: {:.0f} of {:.0f} s, {:.2f} M samples/s", seconds,
                               static_cast<double>(duration_ns) / kNanosPerSecond,
                               static_cast<double>((*load)->sent() - sent_before) / seconds / 1e6));
    return !(*load)->failed();
  });
  const LoadGenerator::Outcome outcome = (*load)->Stop();
  if (!waited.ok()) return waited;
  if (absl::Status status = meter.End(); !status.ok()) return status;

  BenchReport report{.bench = "ingest"};
  AddParameters(options, report.figures);
  meter.AddThroughput(outcome.accepted - std::min(outcome.accepted, sent_before), report.figures);
  if (outcome.refused_streams != 0) {
    report.figures.AddCount("refused_streams", "streams refused", outcome.refused_streams);
    report.figures.AddCount("refused_samples", "samples refused", outcome.refused);
  }
  meter.AddTicks(report.figures);
  meter.AddServer(report.figures);
  (*load)->Check(outcome, meter.after(), report);
  return report;
}

}  // namespace obs
