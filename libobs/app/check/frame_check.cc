#include <algorithm>

#include "app/check/checks.h"
#include "app/check/probe.h"
#include "fmt/format.h"
#include "live/client.h"
#include "live/frame_decoder.h"

namespace obs {
namespace {

// What the aggregator promises of a series that changes all the time.
constexpr int kPromisedHz = 60;
constexpr double kFewHz = 0.9 * kPromisedHz;
constexpr double kManyHz = 1.1 * kPromisedHz;
// And of one that does not: at least one frame a second. Half a second more is the network's.
constexpr double kLongestPauseSeconds = 1.5;

constexpr std::int64_t kWarmUpNs = 200 * kNanosPerMilli;
constexpr std::int64_t kMeasureNs = 1500 * kNanosPerMilli;
// Twice as often as there are frames, so that each has something to bring.
constexpr std::int64_t kSendIntervalNs = kNanosPerSecond / (2 * kPromisedHz);

struct FrameFigures {
  std::uint64_t frames = 0;
  std::uint64_t skipped = 0;
  double seconds = 0;
  double longest_pause_seconds = 0;

  double Rate() const { return seconds > 0 ? static_cast<double>(frames) / seconds : 0; }
};

class FrameMeter {
 public:
  explicit FrameMeter(CheckContext& context) : context_(context), clock_(context.clock()), probe_(context) {}

  absl::StatusOr<FrameFigures> Run() {
    if (absl::Status asked = probe_.Ask(); !asked.ok()) return asked;
    LiveClient client(context_.LiveOptions({ProbeSelector()}, kPromisedHz));
    if (absl::Status connected = client.Connect(); !connected.ok()) return connected;
    begin_ns_ = clock_.MonotonicNanos() + kWarmUpNs;
    last_frame_ns_ = begin_ns_;
    const std::int64_t end_ns = begin_ns_ + context_.TimeLeft(kMeasureNs);
    while (clock_.MonotonicNanos() < end_ns) {
      if (absl::Status status = Step(client); !status.ok()) return status;
    }
    NotePause(clock_.MonotonicNanos());
    figures_.seconds = static_cast<double>(clock_.MonotonicNanos() - begin_ns_) / 1e9;
    client.Close();
    probe_.Finish();
    context_.delivered_probe = value_;
    return figures_;
  }

 private:
  // Sends, if that is due, and counts a frame, if one comes meanwhile.
  absl::Status Step(LiveClient& client) {
    const std::int64_t now_ns = clock_.MonotonicNanos();
    if (now_ns >= send_due_ns_) {
      send_due_ns_ = std::max(send_due_ns_ + kSendIntervalNs, now_ns);
      value_ = probe_.NextValue();
      if (absl::Status sent = probe_.Send(value_); !sent.ok()) return sent;
    }
    const absl::Status read = client.Read(&message_, std::max<std::int64_t>(0, send_due_ns_ - now_ns));
    if (absl::IsDeadlineExceeded(read)) return absl::OkStatus();
    if (!read.ok()) return read;
    if (!client.got_binary()) return absl::OkStatus();
    const auto frame = decoder_.Decode(message_);
    if (!frame.ok()) return frame.status();
    const std::int64_t came_ns = clock_.MonotonicNanos();
    if (came_ns < begin_ns_) return absl::OkStatus();
    NotePause(came_ns);
    last_frame_ns_ = came_ns;
    ++figures_.frames;
    figures_.skipped += frame->head.skipped;
    return absl::OkStatus();
  }

  void NotePause(std::int64_t now_ns) {
    const double pause = static_cast<double>(now_ns - last_frame_ns_) / 1e9;
    figures_.longest_pause_seconds = std::max(figures_.longest_pause_seconds, pause);
  }

  CheckContext& context_;
  const Clock& clock_;
  Probe probe_;
  LiveFrameDecoder decoder_;
  FrameFigures figures_;
  std::string message_;
  double value_ = 0;
  std::int64_t begin_ns_ = 0;
  std::int64_t last_frame_ns_ = 0;
  std::int64_t send_due_ns_ = 0;
};

CheckResult Judge(const FrameFigures& figures) {
  CheckResult result;
  const double rate = figures.Rate();
  result.measured = fmt::format("{:.1f} frames a second of {} promised, longest pause {:.0f} ms, {} skipped",
                                rate, kPromisedHz, figures.longest_pause_seconds * 1e3, figures.skipped);
  result.measures = {
      {"frames_per_second", rate, "", fmt::format("{}:{}", kFewHz, kManyHz), "1:"},
      {"longest_pause", figures.longest_pause_seconds, "s", "", fmt::format("{}", kLongestPauseSeconds)},
      {"frames_skipped", static_cast<double>(figures.skipped), "", "0", ""}};
  if (rate < 1 || figures.longest_pause_seconds > kLongestPauseSeconds) {
    result.status = CheckStatus::kFail;
    result.mend =
        "see telemetry_tick_lateness_seconds and telemetry_ticks_missed_total on /metrics: the aggregator is "
        "overloaded, or a proxy holds frames back";
  } else if (rate < kFewHz || rate > kManyHz || figures.skipped > 0) {
    result.status = CheckStatus::kWarn;
    result.mend =
        "see telemetry_tick_lateness_seconds on /metrics: the aggregator, this machine or what is between "
        "them is busy";
  }
  return result;
}

}  // namespace

CheckResult CheckFrames(CheckContext& context) {
  const auto figures = FrameMeter(context).Run();
  return figures.ok() ? Judge(*figures) : Failure(WordsOf(figures.status()), WatchMend(context));
}

}  // namespace obs
