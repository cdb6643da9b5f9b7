#include "app/watcher.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "app/output_pipe.h"
#include "app/recording.h"
#include "app/sample_lines.h"
#include "app/table_screen.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "base/units.h"
#include "fmt/format.h"
#include "journal/file_system.h"
#include "live/client.h"
#include "live/frame_decoder.h"
#include "model/selector.h"

namespace obs {
namespace {

constexpr std::int64_t kPollNs = 50 * kNanosPerMilli;
constexpr std::int64_t kMaxRetryDelayNs = 5 * kNanosPerSecond;

std::string_view Words(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

// Worth trying again: the aggregator is away or full.
bool IsPassing(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) || absl::IsResourceExhausted(status);
}

// A recording that goes to whoever reads the output.
class PipeFile final : public AppendFile {
 public:
  explicit PipeFile(OutputPipe& pipe) : pipe_(pipe) {}

  absl::Status Append(std::span<const std::string_view> pieces) override {
    std::string bytes;
    for (const std::string_view piece : pieces) bytes += piece;
    return pipe_.Write(bytes);
  }
  absl::Status Sync() override { return absl::OkStatus(); }
  absl::Status Truncate(std::uint64_t) override { return absl::UnimplementedError("a pipe cannot be cut"); }

 private:
  OutputPipe& pipe_;
};

class Watcher {
 public:
  Watcher(const WatchOptions& options, SignalWaiter& signals,
          const std::function<void(bool, std::string_view)>& tell)
      : options_(options),
        signals_(signals),
        tell_(tell),
        pipe_(options.fd, [this] { return ShouldEnd(); }),
        began_ns_(clock_.MonotonicNanos()),
        backoff_({.max_nanos = kMaxRetryDelayNs}, Backoff::SystemRandom()) {
    if (!options.recording.empty()) return;
    switch (options.output) {
      case WatchOutput::kTable: screen_ = std::make_unique<TableScreen>(options, pipe_, clock_); break;
      case WatchOutput::kText: lines_ = SampleLines::Text(); break;
      case WatchOutput::kJson: lines_ = SampleLines::Json(); break;
      case WatchOutput::kCsv: lines_ = SampleLines::Csv(); break;
    }
  }

  absl::StatusOr<WatchEnd> Run() {
    absl::Status status = Begin();
    while (status.ok()) status = WatchOnce();
    if (screen_) screen_->Finish();
    if (!end_ && absl::IsAborted(status)) end_ = WatchEnd{.reason = WatchEnd::Reason::kOutputClosed};
    if (!end_) return status;
    end_->samples = samples_;
    if (recorder_) {
      end_->recorded_frames = recorder_->frames();
      end_->recorded_bytes = recorder_->bytes();
    }
    return *end_;
  }

 private:
  absl::Status Begin() {
    for (const std::string& selector : options_.selectors) {
      const auto parsed = Selector::Parse(selector);
      if (!parsed.ok()) {
        return absl::InvalidArgumentError(
            fmt::format("selector \"{}\": {}", selector, Words(parsed.status())));
      }
    }
    if (!options_.recording.empty()) return BeginRecording();
    if (!lines_) return absl::OkStatus();
    std::string header;
    lines_->AppendHeader(header);
    return pipe_.Write(header);
  }

  absl::Status BeginRecording() {
    std::unique_ptr<AppendFile> file;
    if (options_.recording == "-") {
      file = std::make_unique<PipeFile>(pipe_);
    } else {
      auto created = FileSystem::System().Create(options_.recording);
      if (!created.ok()) return absl::DataLossError(created.status().message());
      file = *std::move(created);
    }
    recorder_ = std::make_unique<RecordingWriter>(std::move(file));
    return Recorded(recorder_->Begin({.url = options_.url,
                                      .selectors = options_.selectors,
                                      .begun_us = clock_.NowNanos() / kNanosPerMicro}));
  }

  // The outcome of a write, other than that there is nobody to write for.
  static absl::Status Recorded(const absl::Status& status) {
    if (status.ok() || absl::IsAborted(status) || absl::IsCancelled(status)) return status;
    return absl::DataLossError(status.message());
  }

  // One connection, from its beginning to its end; and the wait for the next. An error ends it all; so does
  // end_.
  absl::Status WatchOnce() {
    LiveClient client(ClientOptions());
    absl::Status status = client.Connect();
    if (status.ok()) {
      if (lost_) Tell(false, fmt::format("connected to {} again", options_.url));
      connected_ = true;
      lost_ = false;
      status = Receive(client);
    }
    if (end_) {
      client.Close();
      return absl::CancelledError("at its end");
    }
    if (!IsPassing(status) || !connected_) return status;
    if (!lost_) Tell(true, fmt::format("{}; trying again", Words(status)));
    lost_ = true;
    return WaitToRetry();
  }

  LiveClientOptions ClientOptions() {
    LiveClientOptions out;
    out.url = options_.url;
    out.selectors = options_.selectors;
    out.rate_hz = options_.rate_hz;
    // After a lost connection the newest state is enough: history would come twice.
    out.since_ns = connected_ ? 0 : options_.since_ns;
    out.format = LiveFormat::kBinary;
    out.api_key = options_.api_key;
    out.interrupted = [this] { return ShouldEnd(); };
    return out;
  }

  absl::Status Receive(LiveClient& client) {
    LiveFrameDecoder decoder;
    std::string message;
    if (screen_) screen_->Clear();
    while (true) {
      const absl::Status status = client.Read(&message, kPollNs);
      if (absl::IsDeadlineExceeded(status)) {
        if (ShouldEnd()) return absl::OkStatus();
        if (screen_) {
          if (absl::Status drawn = screen_->DrawIfDue(); !drawn.ok()) return drawn;
        }
        continue;
      }
      if (!status.ok()) return status;
      if (!client.got_binary()) continue;
      auto frame = decoder.Decode(message);
      if (!frame.ok()) return absl::DataLossError(fmt::format("{}: {}", options_.url, Words(frame.status())));
      backoff_.Reset();
      const absl::Status shown = recorder_ ? Record(*frame, message) : Show(*frame);
      if (!shown.ok()) return shown;
      if (options_.count > 0 && samples_ >= options_.count) {
        end_ = WatchEnd{.reason = WatchEnd::Reason::kCount};
        return absl::OkStatus();
      }
      if (ShouldEnd()) return absl::OkStatus();
    }
  }

  absl::Status Record(const DecodedFrame& frame, std::string_view message) {
    samples_ += frame.samples.size();
    return Recorded(recorder_->Append(message));
  }

  absl::Status Show(DecodedFrame& frame) {
    if (options_.count > 0 && frame.samples.size() > options_.count - samples_) {
      frame.samples.resize(options_.count - samples_);
    }
    samples_ += frame.samples.size();
    if (screen_) {
      screen_->Show(frame);
      return screen_->DrawIfDue();
    }
    // History comes series by series within a frame; people read it by time.
    if (frame.head.history) {
      std::stable_sort(
          frame.samples.begin(), frame.samples.end(),
          [](const LiveSample& a, const LiveSample& b) { return a.timestamp_us < b.timestamp_us; });
    }
    text_.clear();
    for (const LiveSample& sample : frame.samples) lines_->MakeRoom(sample);
    for (const LiveSample& sample : frame.samples) lines_->AppendSample(text_, sample);
    return pipe_.Write(text_);
  }

  absl::Status WaitToRetry() {
    const std::int64_t until_ns = clock_.MonotonicNanos() + backoff_.NextDelayNanos();
    while (clock_.MonotonicNanos() < until_ns) {
      TakeSignal(kPollNs);
      if (ShouldEnd()) return absl::CancelledError("at its end");
      if (screen_) {
        if (absl::Status drawn = screen_->DrawIfDue(); !drawn.ok()) return drawn;
      }
    }
    return absl::OkStatus();
  }

  // Notes a signal, if one comes within `wait_ns`.
  void TakeSignal(std::int64_t wait_ns) {
    const std::optional<int> signal = signals_.Wait(wait_ns);
    if (signal && *signal != 0 && !end_)
      end_ = WatchEnd{.reason = WatchEnd::Reason::kSignal, .signal = *signal};
  }

  bool ShouldEnd() {
    if (end_) return true;
    TakeSignal(0);
    if (!end_ && options_.timeout_ns > 0 && clock_.MonotonicNanos() - began_ns_ >= options_.timeout_ns) {
      end_ = WatchEnd{.reason = WatchEnd::Reason::kTimeout};
    }
    if (!end_ && WritesToPipe() && pipe_.ReaderIsGone())
      end_ = WatchEnd{.reason = WatchEnd::Reason::kOutputClosed};
    return end_.has_value();
  }

  bool WritesToPipe() const { return options_.recording.empty() || options_.recording == "-"; }

  // On a terminal that is being drawn on, words go where they do no harm.
  void Tell(bool is_problem, const std::string& words) {
    if (screen_ && screen_->drawing()) {
      screen_->SetNotice(is_problem ? words : "");
    } else {
      tell_(is_problem, words);
    }
  }

  const WatchOptions& options_;
  SignalWaiter& signals_;
  const std::function<void(bool, std::string_view)>& tell_;
  const Clock& clock_ = Clock::System();
  OutputPipe pipe_;
  const std::int64_t began_ns_;
  Backoff backoff_;
  std::unique_ptr<SampleLines> lines_;         // either this
  std::unique_ptr<TableScreen> screen_;        // or this
  std::unique_ptr<RecordingWriter> recorder_;  // or this
  std::optional<WatchEnd> end_;
  std::uint64_t samples_ = 0;
  bool connected_ = false;  // has been, at least once
  bool lost_ = false;
  std::string text_;  // reused
};

}  // namespace

std::string DefaultLiveUrl(const char* aggregator_address) {
  std::string_view host = aggregator_address == nullptr ? "" : aggregator_address;
  const std::size_t colon = host.rfind(':');
  // Not one within an IPv6 address.
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos)
    host = host.substr(0, colon);
  return fmt::format("ws://{}:8080/ws", host.empty() ? "localhost" : host);
}

absl::StatusOr<WatchEnd> Watch(const WatchOptions& options, SignalWaiter& signals,
                               const std::function<void(bool, std::string_view)>& tell) {
  return Watcher(options, signals, tell).Run();
}

}  // namespace obs
