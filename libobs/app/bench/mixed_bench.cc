#include <algorithm>
#include <atomic>
#include <string>
#include <thread>

#include "app/bench/bench.h"
#include "app/bench/bench_series.h"
#include "app/bench/load_generator.h"
#include "app/bench/run_meter.h"
#include "app/bench/scraper.h"
#include "app/bench/target.h"
#include "app/bench/waiting.h"
#include "app/bench/watcher_pool.h"
#include "base/clock.h"
#include "fmt/format.h"

namespace obs {
namespace {

constexpr std::int64_t kDefaultNs = 20 * kNanosPerSecond;
// Different selections among the watchers, each of some series of one metric.
constexpr std::uint64_t kSelections = 10;

std::vector<std::string> Selectors(const LoadOptions& load) {
  std::vector<std::string> selectors;
  const std::uint64_t metrics = (load.series + load.series_per_metric - 1) / load.series_per_metric;
  for (std::uint64_t i = 0; i < std::min(kSelections, metrics); ++i) {
    const BenchSeries series(i * load.series_per_metric, load.series_per_metric);
    selectors.push_back(series.Name() + "{host=\"host-000\"}");
  }
  return selectors;
}

// Scrapes at an interval, in a thread of its own, until it is stopped.
class ScrapeLoop {
 public:
  ScrapeLoop(const BenchTarget& target, std::int64_t interval_ns)
      : scraper_(target), interval_ns_(interval_ns), thread_([this] { Run(); }) {}
  ~ScrapeLoop() { (void)Stop(); }

  // How long scrapes took, each as somebody who comes at the interval would have waited. Errors: of the
  // scrape that failed.
  absl::StatusOr<LatencySummary> Stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    if (!status_.ok()) return status_;
    return latencies_.Summary();
  }

 private:
  void Run() {
    const Clock& clock = Clock::System();
    while (!stop_ && status_.ok()) {
      const std::int64_t next_ns = clock.MonotonicNanos() + interval_ns_;
      const auto scrape = scraper_.Scrape();
      if (scrape.ok()) {
        latencies_.RecordCorrected(scrape->total_ns, interval_ns_);
      } else {
        status_ = scrape.status();
      }
      while (!stop_ && clock.MonotonicNanos() < next_ns) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
    }
  }

  Scraper scraper_;
  const std::int64_t interval_ns_;
  std::atomic<bool> stop_{false};
  Latencies latencies_;
  absl::Status status_;
  std::thread thread_;
};

}  // namespace

absl::StatusOr<BenchReport> RunMixedBench(const MixedBenchOptions& options, const BenchSetup& setup) {
  RaiseFileLimit();
  const auto target = BenchTarget::Open(setup.target, ArgumentsForSeries(options.load.series));
  if (!target.ok()) return target.status();
  setup.progress("mixed: announcing the series");
  auto load = LoadGenerator::Start(options.load, **target, setup.interrupted);
  if (!load.ok()) return load.status();
  const auto pool = WatcherPool::Connect({(*target)->live_url(), (*target)->api_key(), options.watchers,
                                          options.rate_hz, Selectors(options.load)});
  if (!pool.ok()) return pool.status();

  RunMeter meter(**target);
  if (absl::Status status = meter.Begin(); !status.ok()) return status;
  const std::uint64_t sent_before = (*load)->sent();
  const FrameCounts frames_before = (*pool)->reader().counts();
  ScrapeLoop scrapes(**target, options.scrape_interval_ns);
  (*load)->Run();
  const std::int64_t duration_ns = setup.DurationOr(kDefaultNs);
  const absl::Status waited = WaitFor(duration_ns, setup, [&](double seconds) {
    setup.progress(fmt::format("mixed: {:.0f} of {:.0f} s, {:.2f} M samples/s", seconds,
                               static_cast<double>(duration_ns) / kNanosPerSecond,
                               static_cast<double>((*load)->sent() - sent_before) / seconds / 1e6));
    return !(*load)->failed();
  });
  if (!waited.ok()) return waited;
  const auto scrape = scrapes.Stop();
  const LoadGenerator::Outcome outcome = (*load)->Stop();
  FrameCounts frames = (*pool)->reader().counts();
  if (absl::Status status = meter.End(); !status.ok()) return status;

  BenchReport report{.bench = "mixed"};
  (*load)->Check(outcome, meter.after(), report);
  CheckFrames(frames, (*pool)->reader().lost(), report);
  if (!scrape.ok()) {
    const absl::string_view words = scrape.status().message();
    report.Blame(fmt::format("a scrape failed: {}", std::string_view(words.data(), words.size())));
  }
  frames.Subtract(frames_before);
  FigureList& figures = report.figures;
  figures.AddCount("series", "series", options.load.series);
  figures.AddCount("watchers", "watchers", static_cast<std::uint64_t>(options.watchers));
  meter.AddThroughput(outcome.accepted - std::min(outcome.accepted, sent_before), figures);
  figures.Add("frames_per_second", "frames received", static_cast<double>(frames.frames) / meter.seconds(),
              FigureUnit::kPerSecond);
  figures.AddCount("frames_skipped", "frames skipped", frames.skipped);
  meter.AddTicks(figures);
  if (scrape.ok()) {
    figures.Add("scrape_ms", "scrape, median", scrape->p50_ms, FigureUnit::kMillis);
    figures.AddLatency("scrape", "scrape", *scrape);
  }
  meter.AddServer(figures);
  return report;
}

}  // namespace obs
