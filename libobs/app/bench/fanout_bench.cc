#include <algorithm>
#include <string>
#include <vector>

#include "app/bench/bench.h"
#include "app/bench/bench_series.h"
#include "app/bench/load_generator.h"
#include "app/bench/run_meter.h"
#include "app/bench/send_loop.h"
#include "app/bench/target.h"
#include "app/bench/waiting.h"
#include "app/bench/watcher_pool.h"
#include "base/clock.h"
#include "fmt/format.h"

namespace obs {
namespace {

// The aggregator's figures of lateness reach back 10 to 20 s, so a shorter run sees its own beginning in
// them.
constexpr std::int64_t kDefaultNs = 20 * kNanosPerSecond;
constexpr std::int64_t kSendLoopNs = 5 * kNanosPerSecond;
// About what a sample and a frame's head take as JSON.
constexpr std::uint64_t kSampleBytes = 236, kHeadBytes = 70;
// All series change more often than a frame is due, so that each frame has news of all.
constexpr double kRoundsPerFrame = 2;
// Of the frames wanted, what counts as all of them: ticks do not fall together with a run's ends.
constexpr double kServed = 0.97;

LoadOptions FeedOf(const FanoutBenchOptions& options) {
  const std::uint64_t frame = std::max(options.frame_bytes, kHeadBytes + kSampleBytes);
  LoadOptions feed{.streams = 1};
  feed.series_per_metric = (frame - kHeadBytes + kSampleBytes / 2) / kSampleBytes;
  feed.series = feed.series_per_metric * static_cast<std::uint64_t>(options.selectors);
  feed.batch = feed.series;
  feed.rate = static_cast<double>(feed.series) * options.rate_hz * kRoundsPerFrame;
  return feed;
}

WatcherPoolOptions PoolOf(const FanoutBenchOptions& options, const LoadOptions& feed,
                          const BenchTarget& target) {
  WatcherPoolOptions pool{target.live_url(), target.api_key(), options.watchers, options.rate_hz, {}};
  for (int i = 0; i < options.selectors; ++i) {
    const std::uint64_t first = feed.series_per_metric * static_cast<std::uint64_t>(i);
    pool.selectors.push_back(BenchSeries(first, feed.series_per_metric).Name());
  }
  return pool;
}

struct FrameFigures {
  FrameCounts counts;  // during the run
  double wanted_per_second = 0;
  SendLoopResult loop;
};

void AddFrames(const FrameFigures& frames, const RunMeter& meter, FigureList& figures) {
  const auto count = static_cast<double>(frames.counts.frames);
  const double per_second = count / meter.seconds();
  const double server_ns = meter.server_cpu_seconds() * 1e9 / count;
  figures.Add("frames_per_second", "frames received", per_second, FigureUnit::kPerSecond);
  figures.Add("frames_wanted_per_second", "frames wanted", frames.wanted_per_second, FigureUnit::kPerSecond);
  // Only if it is the aggregator that sets the limit does the ratio below say how fast it can be.
  figures.AddText("bound_by", "bound by",
                  per_second < kServed * frames.wanted_per_second ? "the aggregator" : "what watchers want");
  figures.AddCount("frames_skipped", "frames skipped", frames.counts.skipped);
  figures.Add("frame_bytes", "a frame", static_cast<double>(frames.counts.bytes) / count, FigureUnit::kBytes);
  figures.Add("server_cpu_ns_per_frame", "server CPU a frame", server_ns, FigureUnit::kNanos);
  figures.Add("client_cpu_ns_per_frame", "client CPU a frame", meter.client_cpu_seconds() * 1e9 / count,
              FigureUnit::kNanos);
  figures.Add("send_loop_per_second", "bare loop of send()", frames.loop.sends_per_second,
              FigureUnit::kPerSecond);
  figures.Add("send_loop_cpu_ns_per_send", "its CPU a send()", frames.loop.cpu_ns_per_send,
              FigureUnit::kNanos);
  figures.Add("ratio", "frames to sends", per_second / frames.loop.sends_per_second, FigureUnit::kRatio);
  figures.Add("cpu_ratio", "CPU of a send to that of a frame", frames.loop.cpu_ns_per_send / server_ns,
              FigureUnit::kRatio);
}

}  // namespace

absl::StatusOr<BenchReport> RunFanoutBench(const FanoutBenchOptions& options, const BenchSetup& setup) {
  RaiseFileLimit();
  const auto target = BenchTarget::Open(
      setup.target, {"--max-watchers", fmt::format("{}", std::max(10'000, options.watchers))});
  if (!target.ok()) return target.status();
  const LoadOptions feed = FeedOf(options);
  auto load = LoadGenerator::Start(feed, **target, setup.interrupted);
  if (!load.ok()) return load.status();
  setup.progress(fmt::format("fanout: connecting {} watchers", options.watchers));
  auto pool = WatcherPool::Connect(PoolOf(options, feed, **target));
  if (!pool.ok()) return pool.status();
  (*load)->Run();

  RunMeter meter(**target);
  if (absl::Status status = meter.Begin(); !status.ok()) return status;
  const FrameCounts before = (*pool)->reader().counts();
  const std::int64_t duration_ns = setup.DurationOr(kDefaultNs);
  const absl::Status waited = WaitFor(duration_ns, setup, [&](double seconds) {
    setup.progress(
        fmt::format("fanout: {:.0f} of {:.0f} s, {:.0f} frames/s", seconds,
                    static_cast<double>(duration_ns) / kNanosPerSecond,
                    static_cast<double>((*pool)->reader().counts().frames - before.frames) / seconds));
    return true;
  });
  if (!waited.ok()) return waited;
  FrameFigures frames{.counts = (*pool)->reader().counts()};
  if (absl::Status status = meter.End(); !status.ok()) return status;

  BenchReport report{.bench = "fanout"};
  CheckFrames(frames.counts, (*pool)->reader().lost(), report);
  frames.counts.Subtract(before);
  frames.wanted_per_second = static_cast<double>(options.watchers) * options.rate_hz;
  const LoadGenerator::Outcome outcome = (*load)->Stop();
  const auto ledger = (*target)->ReadStatus();
  if (!ledger.ok()) return ledger.status();
  (*load)->Check(outcome, *ledger, report);

  pool->reset();
  setup.progress("fanout: the bare loop of send()");
  const std::uint64_t frame_bytes = frames.counts.bytes / std::max<std::uint64_t>(frames.counts.frames, 1);
  const auto loop = RunSendLoop(options.watchers, frame_bytes, std::min(kSendLoopNs, duration_ns), setup);
  if (!loop.ok()) return loop.status();
  frames.loop = *loop;

  FigureList& figures = report.figures;
  figures.AddCount("watchers", "watchers", static_cast<std::uint64_t>(options.watchers));
  figures.AddCount("rate_hz", "rate, Hz", static_cast<std::uint64_t>(options.rate_hz));
  figures.AddCount("selectors", "selections", static_cast<std::uint64_t>(options.selectors));
  AddFrames(frames, meter, figures);
  meter.AddTicks(figures);
  meter.AddServer(figures);
  return report;
}

}  // namespace obs
