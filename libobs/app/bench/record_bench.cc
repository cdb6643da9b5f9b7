#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "app/bench/bench.h"
#include "base/clock.h"
#include "fmt/format.h"
#include "obs/agent.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace obs {
namespace {

constexpr std::int64_t kDefaultNs = 4 * kNanosPerSecond;
constexpr std::size_t kValues = 1024;

// Plausible durations of requests, in seconds: around 20 ms, with a long tail. The same in each run.
using Values = std::array<double, kValues>;
Values Durations() {
  Values values{};
  for (std::size_t i = 0; i < kValues; ++i) {
    const double u = static_cast<double>((i * 2'654'435'761u) % kValues + 1) / (kValues + 1);
    values[i] = 0.02 * std::pow(u / (1 - u), 0.5);
  }
  return values;
}

// Records `times`, in one thread.
using Loop = std::function<void(std::size_t times)>;

struct Operation {
  std::string_view name;
  Loop ours;
  Loop peer;
};

// Ours and prometheus-cpp's metrics of the same shape.
class Subjects {
 public:
  Subjects()
      : agent_({.service_name = "obs-bench"}),
        counter_(agent_.counter("bench_requests_total", {{"route", "/login"}, {"code", "200"}})),
        gauge_(agent_.gauge("bench_queue_depth", {{"route", "/login"}, {"code", "200"}})),
        histogram_(agent_.histogram("bench_request_seconds", {{"route", "/login"}, {"code", "200"}})),
        peer_gauges_(prometheus::BuildGauge().Name("bench_queue_depth").Register(registry_)),
        peer_counter_(prometheus::BuildCounter()
                          .Name("bench_requests_total")
                          .Register(registry_)
                          .Add({{"route", "/login"}, {"code", "200"}})),
        peer_gauge_(peer_gauges_.Add({{"route", "/login"}, {"code", "200"}})),
        peer_histogram_(prometheus::BuildHistogram()
                            .Name("bench_request_seconds")
                            .Register(registry_)
                            .Add({{"route", "/login"}, {"code", "200"}}, Bounds())) {}

  std::vector<Operation> Operations() {
    return {{"counter, bound",
             [this](std::size_t n) {
               for (; n > 0; --n) counter_.Add(1);
             },
             [this](std::size_t n) {
               for (; n > 0; --n) peer_counter_.Increment();
             }},
            {"gauge, bound",
             [this](std::size_t n) {
               for (; n > 0; --n) gauge_.Set(values_[n % kValues]);
             },
             [this](std::size_t n) {
               for (; n > 0; --n) peer_gauge_.Set(values_[n % kValues]);
             }},
            {"histogram, bound",
             [this](std::size_t n) {
               for (; n > 0; --n) histogram_.Record(values_[n % kValues]);
             },
             [this](std::size_t n) {
               for (; n > 0; --n) peer_histogram_.Observe(values_[n % kValues]);
             }},
            {"gauge, by name and labels", [this](std::size_t n) { SetByName(n); },
             [this](std::size_t n) { SetPeerByName(n); }}};
  }

  std::map<std::string, std::uint64_t> dropped() const { return agent_.stats().dropped; }

 private:
  // Those that prometheus-cpp's own benchmarks and clients in other languages have by default.
  static prometheus::Histogram::BucketBoundaries Bounds() {
    return {.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10};
  }

  void SetByName(std::size_t n) {
    for (; n > 0; --n) {
      agent_.RecordGauge("bench_queue_depth", values_[n % kValues], {{"route", "/login"}, {"code", "200"}});
    }
  }
  void SetPeerByName(std::size_t n) {
    for (; n > 0; --n) {
      peer_gauges_.Add({{"route", "/login"}, {"code", "200"}}).Set(values_[n % kValues]);
    }
  }

  const Values values_ = Durations();
  Agent agent_;  // records; sends nothing
  Counter counter_;
  Gauge gauge_;
  Histogram histogram_;

  prometheus::Registry registry_;
  prometheus::Family<prometheus::Gauge>& peer_gauges_;
  prometheus::Counter& peer_counter_;
  prometheus::Gauge& peer_gauge_;
  prometheus::Histogram& peer_histogram_;
};

// Wall time that one operation takes each of `threads`, which start together.
double NanosPerOp(const Loop& loop, int threads, std::size_t times) {
  const Clock& clock = Clock::System();
  std::atomic<int> waiting = threads;
  std::vector<double> nanos(static_cast<std::size_t>(threads));
  const auto work = [&](double& out) {
    --waiting;
    while (waiting.load(std::memory_order_acquire) > 0) std::this_thread::yield();
    const std::int64_t start = clock.MonotonicNanos();
    loop(times);
    out = static_cast<double>(clock.MonotonicNanos() - start) / static_cast<double>(times);
  };
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < nanos.size(); ++i) others.emplace_back(work, std::ref(nanos[i]));
  work(nanos[0]);
  for (std::thread& thread : others) thread.join();
  double sum = 0;
  for (const double each : nanos) sum += each;
  return sum / threads;
}

// How often `loop` runs in about `wanted_ns`.
std::size_t TimesFor(const Loop& loop, double wanted_ns) {
  constexpr std::size_t kTrial = 2000;
  NanosPerOp(loop, 1, kTrial);  // warms up
  const double nanos = NanosPerOp(loop, 1, kTrial);
  return std::max<std::size_t>(kTrial, static_cast<std::size_t>(wanted_ns / std::max(nanos, 0.1)));
}

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

}  // namespace

absl::StatusOr<BenchReport> RunRecordBench(const RecordBenchOptions& options, const BenchSetup& setup) {
  Subjects subjects;
  const std::vector<Operation> operations = subjects.Operations();
  const double turns = 2.0 * options.rounds * static_cast<double>(operations.size() * options.threads.size());
  const double turn_ns = static_cast<double>(setup.DurationOr(kDefaultNs)) / turns;

  BenchReport report{.bench = "record"};
  for (const Operation& operation : operations) {
    const std::size_t times = TimesFor(operation.ours, turn_ns);
    const std::size_t peer_times = TimesFor(operation.peer, turn_ns);
    for (const int threads : options.threads) {
      setup.progress(fmt::format("record: {}, {} threads", operation.name, threads));
      // Turn by turn, so that a machine that slows down slows both.
      std::vector<double> ours, peer;
      for (int round = 0; round < options.rounds; ++round) {
        if (setup.interrupted()) return absl::CancelledError("interrupted");
        ours.push_back(NanosPerOp(operation.ours, threads, times));
        peer.push_back(NanosPerOp(operation.peer, threads, peer_times));
      }
      const double our_ns = Median(ours), peer_ns = Median(peer);
      FigureList figures;
      figures.AddText("operation", "operation", operation.name);
      figures.AddCount("threads", "threads", static_cast<std::uint64_t>(threads));
      figures.Add("ns_per_op", "obs", our_ns, FigureUnit::kNanos);
      figures.Add("prometheus_cpp_ns_per_op", "prometheus-cpp", peer_ns, FigureUnit::kNanos);
      figures.Add("ratio", "ratio", peer_ns / our_ns, FigureUnit::kRatio);
      report.cases.push_back(std::move(figures));
    }
  }
  for (const auto& [reason, count] : subjects.dropped()) {
    report.Blame(fmt::format("{} recordings dropped: {}", count, reason));
  }
  report.figures = report.cases.front();
  return report;
}

}  // namespace obs
