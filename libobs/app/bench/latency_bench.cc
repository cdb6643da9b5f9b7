#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "app/bench/bench.h"
#include "app/bench/bench_series.h"
#include "app/bench/event_latencies.h"
#include "app/bench/latencies.h"
#include "app/bench/run_meter.h"
#include "app/bench/target.h"
#include "app/bench/watcher_pool.h"
#include "base/clock.h"
#include "base/host_name.h"
#include "base/mutex.h"
#include "fmt/format.h"
#include "live/client.h"
#include "live/frame_decoder.h"
#include "live/subscription.h"
#include "obs/agent.h"

namespace obs {
namespace {

constexpr std::int64_t kDefaultNs = 10 * kNanosPerSecond;
constexpr std::int64_t kWarmUpNs = kNanosPerSecond;
// How long the last recordings may be on their way.
constexpr std::int64_t kTailNs = 5 * kNanosPerSecond;
constexpr char kName[] = "bench_event";

// The watcher whose frames are looked into.
class Observer {
 public:
  Observer(const BenchTarget& target, std::string selector, std::uint64_t slots) : events_(slots) {
    LiveClientOptions options;
    options.url = target.live_url();
    options.selectors = {std::move(selector)};
    options.format = LiveFormat::kBinary;
    options.api_key = target.api_key();
    options.interrupted = [this] { return stop_.load(); };
    client_ = std::make_unique<LiveClient>(std::move(options));
  }
  ~Observer() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

  absl::Status Connect() {
    absl::Status status = client_->Connect();
    if (status.ok()) thread_ = std::thread([this] { Run(); });
    return status;
  }

  // Events before `first` are not counted; they are what warms up.
  void Begin(const OpenLoop& schedule, std::uint64_t first) {
    MutexLock lock(mutex_);
    events_.Begin(schedule, first);
  }
  EventLatencies events() const {
    MutexLock lock(mutex_);
    return events_;
  }

 private:
  void Run() {
    LiveFrameDecoder decoder;
    std::string message;
    while (!stop_) {
      const absl::Status status = client_->Read(&message, kNanosPerSecond);
      const std::int64_t now_ns = Clock::System().MonotonicNanos();
      if (absl::IsDeadlineExceeded(status)) continue;
      if (!status.ok()) return;
      const auto frame = decoder.Decode(message);
      if (!frame.ok()) return;
      MutexLock lock(mutex_);
      for (const LiveSample& sample : frame->samples)
        events_.See(static_cast<std::uint64_t>(sample.value), now_ns);
    }
  }

  std::unique_ptr<LiveClient> client_;
  std::atomic<bool> stop_{false};
  mutable Mutex mutex_;
  EventLatencies events_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

// Records event after event when each is due, into a gauge of its own until all had one. Returns how many.
absl::StatusOr<std::uint64_t> Record(Agent& agent, const OpenLoop& schedule, std::uint64_t slots,
                                     std::int64_t end_ns, const BenchSetup& setup) {
  std::vector<Gauge> gauges;
  for (std::uint64_t i = 0; i < slots; ++i) {
    const std::string slot = fmt::format("{}", i);
    gauges.push_back(agent.gauge(kName, {{"slot", slot}}));
  }
  const Clock& clock = Clock::System();
  for (std::uint64_t event = 0;; ++event) {
    const std::int64_t due_ns = schedule.DueNanos(event);
    if (due_ns >= end_ns) return event;
    const std::int64_t early_ns = due_ns - clock.MonotonicNanos();
    if (early_ns > 0) std::this_thread::sleep_for(std::chrono::nanoseconds(early_ns));
    gauges[event % slots].Set(static_cast<double>(event));
    if (event % 16 == 0) {
      if (setup.interrupted()) return absl::CancelledError("interrupted");
      setup.progress(fmt::format("latency: {} recorded", event + 1));
    }
  }
}

void CheckAgent(const Agent& agent, const ServerStatus& status, BenchReport& report) {
  const Stats stats = agent.stats();
  for (const auto& [reason, count] : stats.dropped)
    report.Blame(fmt::format("{} dropped: {}", count, reason));
  if (stats.rejected != 0 || stats.acknowledged != stats.sent) {
    report.Blame(fmt::format("of {} samples sent, {} were acknowledged, {} rejected", stats.sent,
                             stats.acknowledged, stats.rejected));
  }
  const ServerStatus::Account* account = status.Find(agent.service_name(), agent.instance_id());
  if (account == nullptr || account->accepted != stats.sent || account->difference != 0) {
    report.Blame(fmt::format("the ledger does not balance for {}", agent.instance_id()));
  }
}

}  // namespace

absl::StatusOr<BenchReport> RunLatencyBench(const LatencyBenchOptions& options, const BenchSetup& setup) {
  RaiseFileLimit();
  const auto target = BenchTarget::Open(setup.target);
  if (!target.ok()) return target.status();
  // Each gauge is recorded about once a second, so that no event hides the one before.
  const auto slots = static_cast<std::uint64_t>(std::max(1.0, std::ceil(options.rate)));
  const std::string instance = fmt::format("{}-{:x}", HostName(), Clock::System().NowNanos());
  const std::string selector = fmt::format("{}{{instance=\"{}\"}}", kName, instance);

  Agent agent({.service_name = std::string(kBenchService),
               .instance_id = instance,
               .aggregator_addr = (*target)->grpc(),
               .api_key = (*target)->api_key(),
               .push_interval = std::chrono::milliseconds(options.push_interval_ns / kNanosPerMilli)});
  if (const Result connected = agent.Connect(); !connected) return absl::UnavailableError(connected.message);
  if (const Result started = agent.Start(); !started) return absl::UnavailableError(started.message);
  Observer observer(**target, selector, slots);
  if (absl::Status status = observer.Connect(); !status.ok()) return status;
  const auto others = WatcherPool::Connect(
      {(*target)->live_url(), (*target)->api_key(), options.watchers - 1, kMaxLiveRateHz, {selector}});
  if (!others.ok()) return others.status();

  RunMeter meter(**target);
  if (absl::Status status = meter.Begin(); !status.ok()) return status;
  const Clock& clock = Clock::System();
  const OpenLoop schedule(clock.MonotonicNanos() + kNanosPerMilli, options.rate);
  const std::int64_t begin_ns = schedule.DueNanos(0) + std::min(kWarmUpNs, setup.DurationOr(kDefaultNs));
  const std::uint64_t first = schedule.DueBy(begin_ns);
  observer.Begin(schedule, first);
  const auto recorded = Record(agent, schedule, slots, begin_ns + setup.DurationOr(kDefaultNs), setup);
  if (!recorded.ok()) return recorded.status();
  const std::uint64_t expected = *recorded - std::min(first, *recorded);
  for (const std::int64_t end_ns = clock.MonotonicNanos() + kTailNs;
       observer.events().seen() < expected && clock.MonotonicNanos() < end_ns;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  agent.Stop();
  if (absl::Status status = meter.End(); !status.ok()) return status;

  BenchReport report{.bench = "latency"};
  CheckAgent(agent, meter.after(), report);
  const EventLatencies events = observer.events();
  if (events.seen() < expected) {
    report.Blame(fmt::format("{} of {} recordings were never seen", expected - events.seen(), expected));
  }
  FigureList& figures = report.figures;
  figures.AddCount("events", "recordings", events.seen());
  figures.Add("rate", "a second", options.rate, FigureUnit::kPerSecond);
  figures.Add("push_interval_ms", "push interval",
              static_cast<double>(options.push_interval_ns) / kNanosPerMilli, FigureUnit::kMillis);
  figures.AddCount("watchers", "watchers", static_cast<std::uint64_t>(options.watchers));
  figures.AddLatency("latency", "recorded to received", events.Summary());
  figures.AddCount("overtaken", "seen only by a newer one", events.overtaken());
  meter.AddTicks(figures);
  meter.AddServer(figures);
  return report;
}

}  // namespace obs
