#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

#include "app/bench/bench.h"
#include "app/bench/load_generator.h"
#include "app/bench/run_meter.h"
#include "app/bench/target.h"
#include "app/bench/waiting.h"
#include "base/clock.h"
#include "fmt/format.h"

namespace obs {
namespace {

constexpr std::int64_t kDefaultRoundNs = 3 * kNanosPerSecond;
constexpr std::int64_t kTickNs = 10 * kNanosPerSecond;
// Recovered samples are many more than these.
constexpr double kMostSecondsToFill = 60;

// The first is what the others are compared with: nothing is kept.
constexpr std::array<std::string_view, 3> kModes{"memory", "os", "fsync"};

// A folder of its own, for as long as it lives.
class Folder {
 public:
  static absl::StatusOr<Folder> Create(const std::string& parent) {
    std::error_code error;
    const std::filesystem::path in =
        parent.empty() ? std::filesystem::temp_directory_path(error) : std::filesystem::path(parent);
    std::string path = (in / "obs-bench-XXXXXX").string();
    if (error || ::mkdtemp(path.data()) == nullptr) {
      return absl::InvalidArgumentError(fmt::format("cannot make a folder in {}", in.string()));
    }
    return Folder(std::move(path));
  }
  Folder(Folder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Folder& operator=(Folder&&) = delete;
  ~Folder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }

 private:
  explicit Folder(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

std::vector<std::string> Arguments(const DurabilityBenchOptions& options, std::string_view mode,
                                   const std::string& directory) {
  std::vector<std::string> arguments = ArgumentsForSeries(options.series);
  if (mode != kModes.front()) {
    arguments.insert(arguments.end(), {"--data-dir", directory, "--durability", std::string(mode)});
  }
  return arguments;
}

struct Outcome {
  std::uint64_t samples = 0;
  double samples_per_second = 0;
  double server_cpu_ns = 0;  // a sample
  double tick_lateness_max_ms = 0;
};

// Loads an aggregator of that mode until `is_enough(seconds, samples)`. `kill`: it ends as by a crash.
template <typename Enough>
absl::StatusOr<Outcome> Load(const DurabilityBenchOptions& options, std::string_view mode,
                             const std::string& directory, double rate, bool kill, const BenchSetup& setup,
                             BenchReport& report, Enough is_enough) {
  const auto target = BenchTarget::Open({}, Arguments(options, mode, directory));
  if (!target.ok()) return target.status();
  auto load = LoadGenerator::Start(
      {.series = options.series, .batch = options.batch, .streams = options.streams, .rate = rate}, **target,
      setup.interrupted);
  if (!load.ok()) return load.status();
  RunMeter meter(**target);
  if (absl::Status status = meter.Begin(); !status.ok()) return status;
  const std::uint64_t sent_before = (*load)->sent();
  (*load)->Run();
  const auto limit_ns = static_cast<std::int64_t>(kMostSecondsToFill * kNanosPerSecond);
  const absl::Status waited = WaitFor(limit_ns, setup, [&](double seconds) {
    return !(*load)->failed() && !is_enough(seconds, (*load)->sent());
  });
  const LoadGenerator::Outcome outcome = (*load)->Stop();
  if (!waited.ok()) return waited;
  if (absl::Status status = meter.End(); !status.ok()) return status;
  (*load)->Check(outcome, meter.after(), report);
  if (kill) (*target)->Kill();
  const std::uint64_t samples = outcome.accepted - std::min(outcome.accepted, sent_before);
  return Outcome{.samples = outcome.accepted,
                 .samples_per_second = static_cast<double>(samples) / meter.seconds(),
                 .server_cpu_ns = meter.server_cpu_seconds() * 1e9 / static_cast<double>(samples),
                 .tick_lateness_max_ms = meter.after().live.tick_lateness_max_ms};
}

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

// Throughput of all modes, in turns.
absl::Status MeasureThroughput(const DurabilityBenchOptions& options, const BenchSetup& setup,
                               BenchReport& report) {
  std::array<std::vector<double>, kModes.size()> throughput, cpu, ratio;
  const double seconds = static_cast<double>(setup.DurationOr(kDefaultRoundNs)) / kNanosPerSecond;
  for (int round = 0; round < options.rounds; ++round) {
    for (std::size_t mode = 0; mode < kModes.size(); ++mode) {
      setup.progress(fmt::format("durability: {}, round {} of {}", kModes[mode], round + 1, options.rounds));
      const auto folder = Folder::Create(options.directory);
      if (!folder.ok()) return folder.status();
      const auto outcome = Load(options, kModes[mode], folder->path(), 0, false, setup, report,
                                [seconds](double passed, std::uint64_t) { return passed >= seconds; });
      if (!outcome.ok()) return outcome.status();
      throughput[mode].push_back(outcome->samples_per_second);
      cpu[mode].push_back(outcome->server_cpu_ns);
      ratio[mode].push_back(outcome->samples_per_second / throughput.front().back());
    }
  }
  for (std::size_t mode = 0; mode < kModes.size(); ++mode) {
    FigureList& figures = report.cases.emplace_back();
    figures.AddText("durability", "durability", kModes[mode]);
    figures.Add("samples_per_second", "throughput, median", Median(throughput[mode]), FigureUnit::kPerSecond);
    figures.Add("ratio_to_memory", "of memory's, median", Median(ratio[mode]), FigureUnit::kRatio);
    figures.Add("server_cpu_ns_per_sample", "server CPU a sample, median", Median(cpu[mode]),
                FigureUnit::kNanos);
  }
  return absl::OkStatus();
}

// What a restart after a crash brings back, and how long that takes.
absl::Status MeasureRecovery(const DurabilityBenchOptions& options, const BenchSetup& setup,
                             BenchReport& report) {
  setup.progress("durability: filling the data directory");
  const auto folder = Folder::Create(options.directory);
  if (!folder.ok()) return folder.status();
  const auto filled =
      Load(options, "os", folder->path(), 0, true, setup, report,
           [&](double, std::uint64_t samples) { return samples >= options.recovered_samples; });
  if (!filled.ok()) return filled.status();

  setup.progress("durability: bringing it back");
  const std::int64_t start_ns = Clock::System().MonotonicNanos();
  const auto target = BenchTarget::Open({}, Arguments(options, "os", folder->path()));
  if (!target.ok()) return target.status();
  const std::int64_t ready_ns = Clock::System().MonotonicNanos() - start_ns;
  const auto status = (*target)->ReadStatus();
  if (!status.ok()) return status.status();
  if (status->total.accepted != filled->samples) {
    report.Blame(fmt::format("{} samples were acknowledged, and {} were there after the restart",
                             filled->samples, status->total.accepted));
  }
  FigureList& figures = report.figures;
  figures.AddCount("recovered_samples", "samples brought back", status->recovered_samples);
  figures.Add("recovery_seconds", "bringing them back", status->recovery_seconds, FigureUnit::kSeconds);
  figures.Add("start_ms", "from the start until ready", static_cast<double>(ready_ns) / kNanosPerMilli,
              FigureUnit::kMillis);
  return absl::OkStatus();
}

// Whether the disk holds up the live view, at a rate that leaves it time.
absl::Status MeasureTicks(const DurabilityBenchOptions& options, const BenchSetup& setup,
                          BenchReport& report) {
  setup.progress("durability: looking at ticks");
  const auto folder = Folder::Create(options.directory);
  if (!folder.ok()) return folder.status();
  const double seconds = static_cast<double>(setup.DurationOr(kTickNs)) / kNanosPerSecond;
  const auto outcome = Load(options, "fsync", folder->path(), options.tick_rate, false, setup, report,
                            [seconds](double passed, std::uint64_t) { return passed >= seconds; });
  if (!outcome.ok()) return outcome.status();
  FigureList& figures = report.figures;
  figures.Add("tick_samples_per_second", "with fsync, samples", outcome->samples_per_second,
              FigureUnit::kPerSecond);
  figures.Add("tick_lateness_max_ms", "the latest tick meanwhile", outcome->tick_lateness_max_ms,
              FigureUnit::kMillis);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<BenchReport> RunDurabilityBench(const DurabilityBenchOptions& options,
                                               const BenchSetup& setup) {
  if (!setup.target.grpc.empty()) {
    return absl::InvalidArgumentError("--target: this starts aggregators of its own, and kills one");
  }
  BenchReport report{.bench = "durability"};
  report.figures.AddCount("series", "series", options.series);
  report.figures.AddCount("batch", "samples a batch", options.batch);
  report.figures.AddCount("rounds", "rounds", static_cast<std::uint64_t>(options.rounds));
  for (const auto measure : {MeasureThroughput, MeasureRecovery, MeasureTicks}) {
    if (absl::Status status = measure(options, setup, report); !status.ok()) return status;
  }
  return report;
}

}  // namespace obs
