#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/bench/bench.h"
#include "app/bench/remote_write_connection.h"
#include "app/bench/remote_write_source.h"
#include "app/bench/waiting.h"
#include "base/clock.h"
#include "base/process_usage.h"
#include "fmt/format.h"

namespace obs {
namespace {

constexpr std::int64_t kDefaultNs = 10 * kNanosPerSecond;
constexpr std::int64_t kLookNs = 2 * kNanosPerMilli;

// Sends its share of the series over a connection of its own, in a thread of its own: first one sample of
// each, and from Begin() on as many requests as are taken.
class Sender {
 public:
  Sender(Url url, const RemoteWriteSourceOptions& source, std::uint64_t samples)
      : url_(std::move(url)), source_(source), samples_(samples), thread_([this] { Run(); }) {}
  ~Sender() { Join(); }

  void Begin() {
    begun_ = true;
    begun_.notify_one();
  }
  // Ends it once all that was sent is acknowledged.
  void Stop() {
    stop_ = true;
    Begin();
  }
  void Join() {
    Stop();
    if (thread_.joinable()) thread_.join();
  }

  bool ready() const { return ready_; }
  bool ended() const { return ended_; }
  // Samples acknowledged since Begin().
  std::uint64_t acked() const { return acked_.load(std::memory_order_relaxed); }
  // Once ended().
  const absl::Status& status() const { return status_; }

 private:
  void Run() {
    status_ = Send();
    ended_ = true;
  }

  absl::Status Send() {
    RemoteWriteSource source(source_);
    auto connection = RemoteWriteConnection::Connect(url_);
    if (!connection.ok()) return connection.status();
    absl::Status status = connection->Send(source.Next(NowMillis(), 1));
    if (status.ok()) status = connection->AwaitAnswer();
    if (!status.ok()) return status;
    ready_ = true;
    begun_.wait(false);
    // The next request is written while the server is at work on the one before.
    for (auto request = source.Next(NowMillis(), samples_); status.ok() && !stop_;) {
      status = connection->Send(request);
      request = source.Next(NowMillis(), samples_);
      if (status.ok()) status = connection->AwaitAnswer();
      if (status.ok()) acked_.store(acked() + samples_ * source_.series, std::memory_order_relaxed);
    }
    return status;
  }

  static std::int64_t NowMillis() { return Clock::System().NowNanos() / kNanosPerMilli; }

  const Url url_;
  const RemoteWriteSourceOptions source_;
  const std::uint64_t samples_;
  std::atomic<bool> ready_{false}, begun_{false}, stop_{false}, ended_{false};
  alignas(64) std::atomic<std::uint64_t> acked_{0};
  absl::Status status_;
  std::thread thread_;  // last: it uses the others
};

class Senders {
 public:
  Senders(const RemoteWriteBenchOptions& options, const Url& url) {
    const auto streams = static_cast<std::uint64_t>(options.streams);
    for (std::uint64_t i = 0; i < streams; ++i) {
      RemoteWriteSourceOptions source{.first_series = options.series * i / streams};
      source.series = options.series * (i + 1) / streams - source.first_series;
      senders_.push_back(std::make_unique<Sender>(url, source, options.samples));
    }
  }

  // Until the server has all series. Errors: as BenchSetup's functions.
  absl::Status AwaitReady(const BenchSetup& setup) const {
    while (!std::ranges::all_of(senders_, [](const auto& sender) { return sender->ready(); })) {
      for (const auto& sender : senders_) {
        if (sender->ended()) return sender->status();
      }
      if (setup.interrupted()) return absl::CancelledError("interrupted");
      std::this_thread::sleep_for(std::chrono::nanoseconds(kLookNs));
    }
    return absl::OkStatus();
  }

  void Begin() {
    for (const auto& sender : senders_) sender->Begin();
  }

  std::uint64_t acked() const {
    std::uint64_t sum = 0;
    for (const auto& sender : senders_) sum += sender->acked();
    return sum;
  }
  bool failed() const {
    return std::ranges::any_of(senders_, [](const auto& sender) { return sender->ended(); });
  }

  void Stop(BenchReport& report) {
    for (const auto& sender : senders_) sender->Stop();
    for (const auto& sender : senders_) {
      sender->Join();
      const absl::string_view words = sender->status().message();
      if (!sender->status().ok()) report.Blame(std::string(words.data(), words.size()));
    }
  }

 private:
  std::vector<std::unique_ptr<Sender>> senders_;
};

absl::StatusOr<ProcessUsage> MeasureServer(pid_t pid) {
  const auto usage = MeasureProcessUsage(pid);
  if (!usage) return absl::UnavailableError(fmt::format("there is no process {}", pid));
  return *usage;
}

}  // namespace

absl::StatusOr<BenchReport> RunRemoteWriteBench(const RemoteWriteBenchOptions& options,
                                                const BenchSetup& setup) {
  const auto url = Url::Parse(options.url);
  if (!url.ok()) return url.status();
  if (options.series < static_cast<std::uint64_t>(options.streams)) {
    return absl::InvalidArgumentError(
        fmt::format("{} series cannot be shared by {} streams", options.series, options.streams));
  }
  setup.progress("remote-write: announcing the series");
  Senders senders(options, *url);
  if (absl::Status status = senders.AwaitReady(setup); !status.ok()) return status;

  const auto server_before = MeasureServer(options.server_pid);
  if (!server_before.ok()) return server_before.status();
  const double client_before = MeasureProcessUsage().cpu_seconds;
  const std::int64_t start_ns = Clock::System().MonotonicNanos();
  senders.Begin();
  const std::int64_t duration_ns = setup.DurationOr(kDefaultNs);
  const absl::Status waited = WaitFor(duration_ns, setup, [&](double seconds) {
    setup.progress(fmt::format("remote-write: {:.0f} of {:.0f} s, {:.2f} M samples/s", seconds,
                               static_cast<double>(duration_ns) / kNanosPerSecond,
                               static_cast<double>(senders.acked()) / seconds / 1e6));
    return !senders.failed();
  });
  BenchReport report{.bench = "remote-write"};
  senders.Stop(report);
  const double seconds = static_cast<double>(Clock::System().MonotonicNanos() - start_ns) / kNanosPerSecond;
  const double client_cpu = MeasureProcessUsage().cpu_seconds - client_before;
  if (!waited.ok()) return waited;
  const auto server = MeasureServer(options.server_pid);
  if (!server.ok()) return server.status();
  const double server_cpu = server->cpu_seconds - server_before->cpu_seconds;

  FigureList& figures = report.figures;
  const auto samples = static_cast<double>(senders.acked());
  figures.AddCount("series", "series", options.series);
  figures.AddCount("samples_per_series", "samples a series a request", options.samples);
  figures.AddCount("streams", "connections", static_cast<std::uint64_t>(options.streams));
  figures.AddCount("samples", "samples", senders.acked());
  figures.Add("samples_per_second", "throughput", samples / seconds, FigureUnit::kPerSecond);
  figures.Add("server_cpu_ns_per_sample", "server CPU a sample", server_cpu * 1e9 / samples,
              FigureUnit::kNanos);
  figures.Add("client_cpu_ns_per_sample", "client CPU a sample", client_cpu * 1e9 / samples,
              FigureUnit::kNanos);
  figures.Add("server_cpu_cores", "server CPU, cores", server_cpu / seconds, FigureUnit::kRatio);
  figures.Add("server_resident_bytes", "server memory", static_cast<double>(server->resident_bytes),
              FigureUnit::kBytes);
  return report;
}

}  // namespace obs
