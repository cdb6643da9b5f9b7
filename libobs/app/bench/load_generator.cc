#include "app/bench/load_generator.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "app/bench/batch_source.h"
#include "app/bench/bench_series.h"
#include "app/bench/http2_load_stream.h"
#include "app/bench/latencies.h"
#include "app/bench/load_stream.h"
#include "base/clock.h"
#include "base/host_name.h"
#include "fmt/format.h"

namespace obs {
namespace {

// How often a stream that has nothing to send looks for Acks, and whether it has.
constexpr std::int64_t kPollNs = kNanosPerMilli;
constexpr std::int64_t kLookNs = 2 * kNanosPerMilli;
constexpr std::size_t kReasonsTold = 8;

// What one stream did. The next one of its worker, after a refusal, has an instance of its own, so that the
// ledger tells them apart.
struct StreamLife {
  std::string instance;
  std::uint64_t sent = 0;
  LoadAck ack;
  absl::Status status;
  bool was_refused = false;
};

void CheckLedger(const StreamLife& life, const ServerStatus& status, BenchReport& report) {
  const LoadAck& ack = life.ack;
  const ServerStatus::Account* account = status.Find(kBenchService, life.instance);
  if (account == nullptr) {
    if (!life.was_refused) report.Blame(fmt::format("the ledger does not know {}", life.instance));
  } else if (account->accepted != ack.accepted || account->rejected != ack.rejected ||
             account->duplicate != ack.duplicates || account->difference != 0 || account->dropped != 0 ||
             (account->sent != life.sent && !life.was_refused)) {
    report.Blame(
        fmt::format("the ledger does not balance for {}: {} samples left here; it has sent {}, accepted "
                    "{}, duplicate {}, rejected {}, dropped {}, difference {}",
                    life.instance, life.sent, account->sent, account->accepted, account->duplicate,
                    account->rejected, account->dropped, account->difference));
  }
}

}  // namespace

class LoadGenerator::Worker {
 public:
  // `rate`: samples a second of this stream; 0: as many as go.
  Worker(BatchSourceOptions source, LoadStream::Options stream, double rate)
      : options_(std::move(source)),
        stream_options_(std::move(stream)),
        rate_(rate),
        limit_(options_.series),
        thread_([this] { Run(); }) {}

  ~Worker() { Join(); }

  void Pace() { pace_from_ns_.store(clock_.MonotonicNanos(), std::memory_order_release); }
  void AllowRound() { limit_ += options_.series; }
  void Stop() { stop_ = true; }
  void Join() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

  bool reached(bool acked) const { return (acked ? acked_ : sent_) >= limit_; }
  std::uint64_t sent() const { return sent_.load(std::memory_order_relaxed); }
  bool ended() const { return ended_.load(std::memory_order_acquire); }
  // Once ended().
  const std::vector<StreamLife>& lives() const { return lives_; }

 private:
  void Run() {
    const std::string instance = options_.instance;
    for (int life = 1; !stop_.load(std::memory_order_relaxed); ++life) {
      if (life > 1) options_.instance = fmt::format("{}-{}", instance, life);
      if (!options_.producer.empty()) options_.producer = options_.instance;
      const auto retry_after_ms = Live();
      if (!retry_after_ms) break;
      const std::int64_t until_ns = clock_.MonotonicNanos() + *retry_after_ms * kNanosPerMilli;
      while (clock_.MonotonicNanos() < until_ns && !stop_.load(std::memory_order_relaxed)) {
        std::this_thread::sleep_for(std::chrono::nanoseconds(kLookNs));
      }
    }
    ended_.store(true, std::memory_order_release);
  }

  // One stream, from its beginning to its end. Returns when to come again, if it was refused.
  std::optional<std::int64_t> Live() {
    const auto source = BatchSource::Create(options_);
    const auto stream = OpenHttp2LoadStream(stream_options_);
    const std::uint64_t sent_before = sent();
    std::string message;
    bool ok = true;
    // Each series is announced shortly before its first sample, as the aggregator remembers only so many.
    while (ok && source->NextAnnouncement(&message)) {
      ok = stream->Write(message, true);
      while (ok && source->announced() > sent() - sent_before) {
        const std::uint64_t samples = std::min(source->announced() - (sent() - sent_before), options_.batch);
        source->Next(clock_.NowNanos(), samples, &message);
        ok = stream->Write(message, true);
        sent_.store(sent() + samples, std::memory_order_relaxed);
      }
    }
    while (ok && !stop_.load(std::memory_order_relaxed)) {
      std::int64_t due_ns = clock_.NowNanos();
      const std::uint64_t wanted = Wanted(&due_ns);
      if (wanted == 0) {
        ok = stream->Poll(kPollNs);
      } else {
        const std::uint64_t samples = std::min(wanted, options_.batch);
        source->Next(due_ns, samples, &message);
        ok = stream->Write(message, wanted > samples);
        sent_.store(sent() + samples, std::memory_order_relaxed);
      }
      const LoadAck& ack = stream->ack();
      acked_.store(acked_before_ + ack.accepted + ack.rejected + ack.duplicates, std::memory_order_relaxed);
    }
    StreamLife life{options_.instance, sent() - sent_before, {}, stream->Finish()};
    life.ack = stream->ack();
    const auto retry_after_ms = stream->retry_after_ms();
    life.was_refused = retry_after_ms.has_value();
    acked_before_ += life.ack.accepted + life.ack.rejected + life.ack.duplicates;
    lives_.push_back(std::move(life));
    return retry_after_ms;
  }

  // How many samples to send now; more than a batch if another one follows at once. At a given rate samples
  // are as old as they would be had they been taken when they were due.
  std::uint64_t Wanted(std::int64_t* due_ns) {
    const std::int64_t from = pace_from_ns_.load(std::memory_order_acquire);
    if (from == 0) return limit_.load(std::memory_order_relaxed) - sent();
    if (rate_ == 0) return 2 * options_.batch;
    const OpenLoop batches(from, rate_ / static_cast<double>(options_.batch));
    const std::uint64_t paced = sent() - limit_.load(std::memory_order_relaxed);
    const std::int64_t now_ns = clock_.MonotonicNanos();
    *due_ns -= std::max<std::int64_t>(now_ns - batches.DueNanos(paced / options_.batch), 0);
    return batches.DueBy(now_ns) * options_.batch - paced;
  }

  const Clock& clock_ = Clock::System();
  BatchSourceOptions options_;
  const LoadStream::Options stream_options_;
  const double rate_;
  std::atomic<std::uint64_t> limit_;           // samples it may send before it is paced
  std::atomic<std::int64_t> pace_from_ns_{0};  // monotonic time; 0: not paced yet
  std::atomic<bool> stop_{false};
  alignas(64) std::atomic<std::uint64_t> sent_{0};
  std::atomic<std::uint64_t> acked_{0};
  std::atomic<bool> ended_{false};
  std::uint64_t acked_before_ = 0;  // by streams that were refused
  std::vector<StreamLife> lives_;
  std::thread thread_;  // last: it uses the others
};

LoadGenerator::LoadGenerator() = default;
LoadGenerator::~LoadGenerator() = default;

absl::StatusOr<std::unique_ptr<LoadGenerator>> LoadGenerator::Start(
    const LoadOptions& options, const BenchTarget& target, const std::function<bool()>& interrupted) {
  const auto streams = static_cast<std::uint64_t>(options.streams);
  if (options.series < streams) {
    return absl::InvalidArgumentError(
        fmt::format("{} series cannot be shared by {} streams", options.series, options.streams));
  }
  const bool simple = options.form == LoadForm::kSimple;
  std::unique_ptr<LoadGenerator> load(new LoadGenerator);
  load->options_ = options;
  // Unlike any run before, so that the ledger has accounts for this one alone.
  const std::string run = fmt::format("{}-{:x}", HostName(), Clock::System().NowNanos());
  for (std::uint64_t i = 0; i < streams; ++i) {
    BatchSourceOptions source{.form = options.form, .batch = options.batch};
    source.instance = fmt::format("{}-{}", run, i);
    source.producer = simple ? "" : source.instance;
    source.first_series = options.series * i / streams;
    source.series_per_metric = options.series_per_metric;
    source.series = options.series * (i + 1) / streams - source.first_series;
    LoadStream::Options stream{target.grpc(), target.api_key()};
    if (simple) stream.method = LoadStream::Method::kStreamTelemetry;
    load->workers_.push_back(std::make_unique<Worker>(std::move(source), std::move(stream),
                                                      options.rate / static_cast<double>(streams)));
  }
  if (absl::Status status = load->AwaitLimit(!simple, interrupted); !status.ok()) return status;
  return load;
}

absl::Status LoadGenerator::AwaitLimit(bool until_acked, const std::function<bool()>& interrupted) {
  const auto reached = [&](const auto& worker) { return worker->reached(until_acked); };
  while (!std::ranges::all_of(workers_, reached)) {
    if (failed()) return FirstError();
    if (interrupted()) return absl::CancelledError("interrupted");
    std::this_thread::sleep_for(std::chrono::nanoseconds(kLookNs));
  }
  return absl::OkStatus();
}

absl::Status LoadGenerator::FirstError() {
  for (const auto& worker : workers_) {
    if (worker->ended() && !worker->lives().back().status.ok()) return worker->lives().back().status;
  }
  return absl::UnavailableError("the aggregator ended a stream");
}

void LoadGenerator::Run() {
  for (const auto& worker : workers_) worker->Pace();
}

absl::Status LoadGenerator::SendRound(const std::function<bool()>& interrupted) {
  for (const auto& worker : workers_) worker->AllowRound();
  return AwaitLimit(true, interrupted);
}

std::uint64_t LoadGenerator::sent() const {
  std::uint64_t sum = 0;
  for (const auto& worker : workers_) sum += worker->sent();
  return sum;
}

bool LoadGenerator::failed() const {
  return std::ranges::any_of(workers_, [](const auto& worker) { return worker->ended(); });
}

LoadGenerator::Outcome LoadGenerator::Stop() {
  for (const auto& worker : workers_) worker->Stop();
  Outcome outcome;
  for (const auto& worker : workers_) {
    worker->Join();
    for (const StreamLife& life : worker->lives()) {
      const LoadAck& ack = life.ack;
      outcome.sent += life.sent;
      outcome.accepted += ack.accepted;
      outcome.rejected += ack.rejected;
      outcome.duplicates += ack.duplicates;
      outcome.reasons.insert(outcome.reasons.end(), ack.reasons.begin(), ack.reasons.end());
      if (life.was_refused) {
        ++outcome.refused_streams;
        outcome.refused += life.sent - ack.accepted - ack.rejected - ack.duplicates;
      } else if (!life.status.ok()) {
        outcome.errors.push_back(life.status);
      }
    }
  }
  return outcome;
}

void LoadGenerator::Check(const Outcome& outcome, const ServerStatus& status, BenchReport& report) const {
  for (const absl::Status& error : outcome.errors) {
    const absl::string_view words = error.message();
    report.Blame(fmt::format("a stream broke: {}", std::string_view(words.data(), words.size())));
  }
  if (outcome.refused_streams != 0) {
    report.Blame(
        fmt::format("the aggregator was overloaded: it refused {} streams, and {} samples on their way",
                    outcome.refused_streams, outcome.refused));
  }
  if (outcome.accepted + outcome.refused != outcome.sent || outcome.rejected != 0 ||
      outcome.duplicates != 0) {
    report.Blame(fmt::format("of {} samples sent, {} were acknowledged, {} rejected, {} taken for duplicates",
                             outcome.sent, outcome.accepted, outcome.rejected, outcome.duplicates));
  }
  const std::size_t told = std::min(outcome.reasons.size(), kReasonsTold);
  for (std::size_t i = 0; i < told; ++i) report.Blame("rejected: " + outcome.reasons[i]);
  for (const auto& worker : workers_) {
    for (const StreamLife& life : worker->lives()) CheckLedger(life, status, report);
  }
}

}  // namespace obs
