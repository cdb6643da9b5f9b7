#include "app/sender.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <optional>
#include <thread>
#include <utility>

#include "app/aggregator_address.h"
#include "app/connection_watch.h"
#include "app/delivery.h"
#include "app/line_reader.h"
#include "app/recording_player.h"
#include "app/sample_router.h"
#include "app/send_words.h"
#include "app/spool_words.h"
#include "base/host_name.h"
#include "base/mutex.h"
#include "fmt/format.h"
#include "spdlog/spdlog.h"
#include "wire/line_parser.h"

namespace obs {
namespace {

// Batches are not sent more often than this, unless they are full.
constexpr std::int64_t kSendIntervalNanos = 20 * kNanosPerMilli;
constexpr std::int64_t kProgressIntervalNanos = 500 * kNanosPerMilli;
// How long what was read may take to be confirmed after Ctrl-C.
constexpr std::int64_t kInterruptedGraceNanos = kNanosPerSecond;
// Bad lines that are told of one by one.
constexpr std::uint64_t kMaxLinesTold = 10;

constexpr std::string_view kNextRun = "and go out with the next run";

std::string_view MessageOf(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

// Everything but the waiting for signals, which the main thread does.
class Sender {
 public:
  Sender(const SenderOptions& options, LabelSet labels, LineFormat format, const SenderTalk& talk)
      : options_(options),
        talk_(talk),
        clock_(Clock::System()),
        parser_(format),
        reader_(STDIN_FILENO, LineParser::kMaxLineBytes),
        router_(options.service, options.instance.empty() ? HostName() : options.instance, std::move(labels),
                [this](const SampleRouter::Source& source, EncodedBatch batch) {
                  Send(source, std::move(batch));
                }),
        delivery_({.address = options.aggregator_addr,
                   .api_key = options.api_key,
                   .timeout_nanos = options.timeout_nanos,
                   .spool_directory = options.spool_directory,
                   .spool_limit_bytes = options.spool_limit_bytes},
                  clock_, [this] { LookAround(); }) {}

  // The worker thread.
  void Run() {
    summary_.delivery = delivery_.Start();
    summary_.spool_failed = !summary_.delivery.ok();
    if (summary_.spool_failed) return;
    if (!options_.recording.empty())
      PlayRecording();
    else if (options_.words.empty())
      ReadInput();
    else
      TakeWords();
    router_.Flush();
    if (summary_.delivery.ok()) summary_.delivery = delivery_.Finish();
  }

  // Any thread: reads no more, and delivers what was read; the second time not even that.
  void Interrupt() {
    delivery_.GiveUpAfter(interrupted_.exchange(true) ? 0 : kInterruptedGraceNanos);
    reader_.Cancel();
    MutexLock lock(pause_mutex_);
    pause_over_.notify_all();
  }

  // Once Run() has returned.
  SendSummary Finish() {
    Count();
    summary_.interrupted = interrupted_;
    TellOutcome();
    return std::move(summary_);
  }

 private:
  void ReadInput() {
    std::int64_t last_sent = 0;
    while (!reader_.at_end() && summary_.delivery.ok()) {
      const std::int64_t wait = router_.pending() == 0 ? Delivery::kSliceNanos : Left(last_sent);
      const LineReader::Input input = reader_.WaitForInput(wait);
      if (input == LineReader::Input::kCancelled) return;
      if (input == LineReader::Input::kReady && !ReadLines()) return;
      if (router_.pending() > 0 && Left(last_sent) == 0) {
        router_.Flush();
        last_sent = clock_.MonotonicNanos();
      }
      LookAround();
      if (summary_.delivery.ok()) summary_.delivery = delivery_.Check();
    }
    Keep(parser_.Finish(), summary_.lines, clock_.NowNanos());
  }

  void PlayRecording() {
    const auto player = RecordingPlayer::Open(FileSystem::System(), options_.recording);
    if (!player.ok()) return FailInput(MessageOf(player.status()));
    (*player)->Begin(clock_.NowNanos(), options_.speed);
    Play(**player);
    if (!(*player)->status().ok()) FailInput(MessageOf((*player)->status()));
    if ((*player)->cut_bytes() != 0 && !interrupted_ && summary_.delivery.ok()) {
      FailInput(fmt::format("{}: {} bytes from byte {} on are damaged or incomplete and were not played",
                            options_.recording, (*player)->cut_bytes(), (*player)->cut_at()));
    }
  }

  void Play(RecordingPlayer& player) {
    const std::int64_t begin = clock_.MonotonicNanos();
    while (summary_.delivery.ok() && !interrupted_ && player.Next()) {
      if (!PauseUntil(begin + player.due_nanos())) return;
      ++summary_.frames;
      const std::uint64_t bad = player.ForEachSample([this](const ParsedSample& sample) {
        if (absl::Status status = Keep(sample, sample.timestamp_ns); !status.ok())
          TellBadLine(summary_.frames, MessageOf(status));
      });
      for (std::uint64_t i = 0; i < bad; ++i)
        TellBadLine(summary_.frames, "a value that is no number, or a negative total");
      LookAround();
      if (summary_.delivery.ok()) summary_.delivery = delivery_.Check();
    }
  }

  // What there is to send leaves before it waits. False if it is to end.
  bool PauseUntil(std::int64_t monotonic_nanos) {
    if (clock_.MonotonicNanos() < monotonic_nanos) router_.Flush();
    while (!interrupted_ && summary_.delivery.ok()) {
      const std::int64_t left = monotonic_nanos - clock_.MonotonicNanos();
      if (left <= 0) return true;
      {
        MutexLock lock(pause_mutex_);
        if (!interrupted_)
          pause_over_.wait_for(pause_mutex_, std::chrono::nanoseconds(std::min(left, Delivery::kSliceNanos)));
      }
      LookAround();
      summary_.delivery = delivery_.Check();
    }
    return false;
  }

  void FailInput(std::string_view why) {
    summary_.input_failed = true;
    talk_.problem(why);
  }

  // How long until the next batch may be sent.
  std::int64_t Left(std::int64_t last_sent) const {
    return std::max<std::int64_t>(0, last_sent + kSendIntervalNanos - clock_.MonotonicNanos());
  }

  // False if there is no more.
  bool ReadLines() {
    if (auto status = reader_.Read(); !status.ok()) {
      FailInput(fmt::format("stdin: {}", MessageOf(status)));
      return false;
    }
    const std::int64_t now = clock_.NowNanos();
    while (const auto line = reader_.Next()) {
      ++summary_.lines;
      if (line->too_long) {
        TellBadLine(line->number, fmt::format("longer than {} bytes", LineParser::kMaxLineBytes));
      } else {
        Keep(parser_.Parse(line->text), line->number, now);
      }
      if (!summary_.delivery.ok()) return false;
    }
    return true;
  }

  void TakeWords() {
    const std::string line = JoinSendWords(options_.words);
    ++summary_.lines;
    const std::int64_t now = clock_.NowNanos();
    Keep(parser_.Parse(line), 0, now);
    Keep(parser_.Finish(), 0, now);
    summary_.bad_words = summary_.samples == 0;
  }

  // Takes over what the parser found. `number`: of the line; 0: there is only one.
  void Keep(absl::Status status, std::uint64_t number, std::int64_t now) {
    for (const ParsedSample& sample : parser_.samples()) {
      if (const absl::Status kept = Keep(sample, now); status.ok()) status = kept;
    }
    if (!status.ok()) TellBadLine(number, MessageOf(status));
  }

  absl::Status Keep(const ParsedSample& sample, std::int64_t now) {
    absl::Status status = router_.Add(sample, now);
    if (status.ok()) ++summary_.samples;
    return status;
  }

  void TellBadLine(std::uint64_t number, std::string_view why) {
    if (++summary_.bad_lines > kMaxLinesTold) return;
    const std::string_view unit = options_.recording.empty() ? "line" : "frame";
    talk_.problem(number == 0 ? std::string(why) : fmt::format("{} {}: {}", unit, number, why));
  }

  void Send(const SampleRouter::Source& source, EncodedBatch batch) {
    if (!summary_.delivery.ok()) return;
    summary_.delivery = delivery_.Push(source, std::move(batch));
  }

  // Tells what is new with the connection and the aggregator's rejections.
  void LookAround() {
    const std::int64_t now = clock_.MonotonicNanos();
    if (now < look_due_) return;
    look_due_ = now + Delivery::kSliceNanos;
    const DeliveryStats stats = delivery_.stats();
    if (stats.confirmed + stats.unconfirmed > 0) {
      if (!watch_) watch_.emplace(options_.aggregator_addr, now);
      const auto notice = watch_->Update(stats.connected, MessageOf(stats.last_error), now);
      if (notice && notice->is_problem)
        talk_.problem(notice->text);
      else if (notice && was_away_)
        talk_.notice(notice->text);
      if (notice) was_away_ = notice->is_problem;
    }
    TellRejections(stats);
    if (talk_.progress && now >= progress_due_) {
      progress_due_ = now + kProgressIntervalNanos;
      Count();
      talk_.progress(summary_);
    }
  }

  void TellRejections(const DeliveryStats& stats) {
    for (; reasons_told_ < stats.reasons.size(); ++reasons_told_) {
      talk_.problem(fmt::format("rejected: {}", stats.reasons[reasons_told_]));
    }
  }

  void Count() {
    DeliveryStats stats = delivery_.stats();
    summary_.acknowledged = stats.confirmed;
    summary_.rejected = stats.rejected;
    summary_.taken_over = stats.taken_over;
    summary_.taken_over_acknowledged = stats.taken_over_confirmed;
    summary_.dropped = stats.dropped;
    summary_.reasons = std::move(stats.reasons);
  }

  void TellOutcome() {
    TellRejections(delivery_.stats());
    if (summary_.bad_lines > kMaxLinesTold)
      talk_.problem(fmt::format("{} bad {} in all", summary_.bad_lines,
                                options_.recording.empty() ? "lines" : "samples"));
    if (summary_.rejected > 0)
      talk_.problem(fmt::format("{} samples rejected by the aggregator", summary_.rejected));
    if (summary_.dropped > 0) talk_.problem(fmt::format("{} samples refused as a batch", summary_.dropped));
    if (!summary_.delivery.ok() && !summary_.interrupted) talk_.problem(MessageOf(summary_.delivery));
    if (summary_.acknowledged + summary_.dropped < summary_.samples) {
      talk_.problem(fmt::format("{} of {} samples were not confirmed{}",
                                summary_.samples - summary_.acknowledged, summary_.samples,
                                WordsOnSpool(summary_.samples - summary_.acknowledged)));
    }
    TellTakenOver();
    const bool nothing = summary_.samples == 0 && summary_.bad_lines == 0 && !summary_.input_failed &&
                         summary_.taken_over == 0 && !summary_.spool_failed;
    if (nothing && !summary_.interrupted)
      talk_.problem(
          fmt::format("no samples {}", options_.recording.empty() ? "on stdin" : "in the recording"));
  }

  void TellTakenOver() {
    if (summary_.taken_over == 0) return;
    const std::uint64_t left = summary_.taken_over - summary_.taken_over_acknowledged;
    talk_.notice(fmt::format("{} samples that earlier runs had left were confirmed",
                             summary_.taken_over_acknowledged));
    if (left != 0)
      talk_.problem(fmt::format("{} samples of earlier runs were not confirmed{}", left,
                                SpoolWords(options_.spool_directory, kNextRun, left, 0, "")));
  }

  // What no publisher has, since its spool could not be opened, is not in one either.
  std::string WordsOnSpool(std::uint64_t left) const {
    if (summary_.spool_failed) return "";  // which was said
    const DeliveryStats stats = delivery_.stats();
    const std::uint64_t unspooled = stats.unspooled + left - std::min(left, stats.unconfirmed);
    return SpoolWords(options_.spool_directory, kNextRun, left, unspooled, MessageOf(stats.spool_error));
  }

  const SenderOptions& options_;
  const SenderTalk& talk_;
  const Clock& clock_;
  LineParser parser_;
  LineReader reader_;
  SampleRouter router_;
  Delivery delivery_;
  std::optional<ConnectionWatch> watch_;  // from the first batch on
  SendSummary summary_;
  std::atomic<bool> interrupted_{false};
  Mutex pause_mutex_;
  CondVar pause_over_;  // interrupted_ was set
  bool was_away_ = false;
  std::size_t reasons_told_ = 0;
  std::int64_t look_due_ = 0;
  std::int64_t progress_due_ = 0;
};

SendSummary Refuse(absl::Status status, const SenderTalk& talk) {
  talk.problem(MessageOf(status));
  SendSummary summary;
  summary.delivery = std::move(status);
  return summary;
}

}  // namespace

SendSummary RunSender(const SenderOptions& options, SignalWaiter& signals, const SenderTalk& talk) {
  if (auto status = CheckAggregatorAddress(options.aggregator_addr); !status.ok())
    return Refuse(status, talk);
  const auto format = ParseLineFormat(options.format);
  if (!format.ok()) return Refuse(format.status(), talk);
  if (options.service.empty()) return Refuse(absl::InvalidArgumentError("the service needs a name"), talk);
  auto labels = ParseLabelWords(options.labels);
  if (!labels.ok()) return Refuse(labels.status(), talk);

  // What the client's log warns of, `talk` tells.
  if (spdlog::get_level() == spdlog::level::warn) spdlog::set_level(spdlog::level::err);
  Sender sender(options, *std::move(labels), *format, talk);
  std::atomic<bool> done{false};
  std::thread worker([&] {
    sender.Run();
    done = true;
    signals.Wake();
  });
  while (!done) {
    const auto signal = signals.Wait();
    if (signal == SIGINT || signal == SIGTERM) sender.Interrupt();
  }
  worker.join();
  return sender.Finish();
}

}  // namespace obs
