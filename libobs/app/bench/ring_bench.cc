#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "app/bench/bench.h"
#include "base/clock.h"
#include "buffer/ring_buffer.h"
#include "fmt/format.h"

namespace obs {
namespace {

constexpr std::int64_t kDefaultCaseNs = kNanosPerSecond;
constexpr std::size_t kReadBatch = 4096;
constexpr std::int64_t kSliceNs = 50 * kNanosPerMilli;

struct Outcome {
  double seconds = 0;
  std::uint64_t written = 0;
  std::uint64_t read = 0;
  std::uint64_t unaccounted = 0;  // neither read nor missed, summed over readers
  std::uint64_t torn = 0;
};

// One writer's samples: any of them can be checked by itself.
class Run {
 public:
  Run(std::uint64_t series, std::uint64_t size) : samples_(size) {
    for (std::uint64_t i = 0; i < size; ++i) {
      samples_[i] = {series, static_cast<std::int64_t>(i), static_cast<double>(i)};
    }
  }

  static bool IsWhole(const RingSample& sample) {
    return sample.value == static_cast<double>(sample.timestamp_ns);
  }

  const std::vector<RingSample>& Next() {
    const auto step = static_cast<std::int64_t>(samples_.size());
    for (RingSample& sample : samples_) {
      sample.timestamp_ns += step;
      sample.value = static_cast<double>(sample.timestamp_ns);
    }
    return samples_;
  }

 private:
  std::vector<RingSample> samples_;
};

// Reads until `stop`, and then what is left.
void ReadAll(const RingBuffer& ring, RingReader reader, const std::atomic<bool>& stop, Outcome& outcome,
             std::uint64_t begin) {
  std::uint64_t missed = 0;
  for (bool last = false;;) {
    last = stop.load(std::memory_order_acquire);
    const RingBatch batch = reader.ReadBatch(kReadBatch);
    outcome.read += batch.samples.size();
    missed += batch.missed;
    outcome.torn += static_cast<std::uint64_t>(
        std::ranges::count_if(batch.samples, [](const RingSample& sample) { return !Run::IsWhole(sample); }));
    if (last && batch.samples.empty() && batch.missed == 0) break;
  }
  const std::uint64_t expected = ring.written() - begin;
  const std::uint64_t seen = outcome.read + missed;
  outcome.unaccounted = seen > expected ? seen - expected : expected - seen;
}

// Lets the ring grow to its full size.
void FillRing(RingBuffer& ring, const RingBenchOptions& options) {
  Run run(0, options.run);
  for (std::uint64_t written = 0; written < 4 * ring.capacity(); written += options.run) {
    ring.Write(run.Next());
  }
}

Outcome RunCase(int writers, int readers, const RingBenchOptions& options, std::int64_t duration_ns,
                const BenchSetup& setup) {
  RingBuffer ring(options.capacity);
  FillRing(ring, options);
  const Clock& clock = Clock::System();
  const std::uint64_t begin = ring.written();

  std::atomic<bool> stop_writing = false, stop_reading = false;
  std::vector<Outcome> read(static_cast<std::size_t>(readers));
  std::vector<std::thread> reading, writing;
  for (Outcome& outcome : read) {
    RingReader reader(ring);
    while (!reader.ReadBatch(kReadBatch).samples.empty()) {
    }
    reading.emplace_back([&, reader] { ReadAll(ring, reader, stop_reading, outcome, begin); });
  }
  const std::int64_t start_ns = clock.MonotonicNanos();
  for (int i = 0; i < writers; ++i) {
    writing.emplace_back([&, i] {
      Run run(static_cast<std::uint64_t>(i), options.run);
      while (!stop_writing.load(std::memory_order_relaxed)) ring.Write(run.Next());
    });
  }
  while (clock.MonotonicNanos() - start_ns < duration_ns && !setup.interrupted()) {
    std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(kSliceNs, duration_ns)));
  }
  stop_writing = true;
  for (std::thread& thread : writing) thread.join();

  Outcome all;
  all.seconds = static_cast<double>(clock.MonotonicNanos() - start_ns) / kNanosPerSecond;
  all.written = ring.written() - begin;
  stop_reading = true;
  for (std::thread& thread : reading) thread.join();
  for (const Outcome& outcome : read) {
    all.read += outcome.read;
    all.torn += outcome.torn;
    all.unaccounted += outcome.unaccounted;
  }
  return all;
}

FigureList FiguresOf(int writers, int readers, const Outcome& outcome) {
  const auto written = static_cast<double>(outcome.written);
  FigureList figures;
  figures.AddCount("writers", "writers", static_cast<std::uint64_t>(writers));
  figures.AddCount("readers", "readers", static_cast<std::uint64_t>(readers));
  figures.Add("samples_per_second", "written", written / outcome.seconds, FigureUnit::kPerSecond);
  // Of a writer's time.
  figures.Add("ns_per_op", "a sample", outcome.seconds * 1e9 * writers / written, FigureUnit::kNanos);
  figures.Add("read_per_second", "read", static_cast<double>(outcome.read) / outcome.seconds,
              FigureUnit::kPerSecond);
  return figures;
}

}  // namespace

absl::StatusOr<BenchReport> RunRingBench(const RingBenchOptions& options, const BenchSetup& setup) {
  BenchReport report{.bench = "ring"};
  for (const int readers : options.readers) {
    for (const int writers : options.writers) {
      setup.progress(fmt::format("ring: {} writers, {} readers", writers, readers));
      const Outcome outcome = RunCase(writers, readers, options, setup.DurationOr(kDefaultCaseNs), setup);
      if (setup.interrupted()) return absl::CancelledError("interrupted");
      report.cases.push_back(FiguresOf(writers, readers, outcome));
      if (outcome.torn + outcome.unaccounted != 0) {
        report.Blame(fmt::format("{} writers, {} readers: {} samples torn, {} neither read nor missed",
                                 writers, readers, outcome.torn, outcome.unaccounted));
      }
    }
  }
  report.figures = report.cases.front();
  return report;
}

}  // namespace obs
