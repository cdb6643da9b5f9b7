#include "app/bench/http2_load_stream.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "app/bench/http2_frames.h"
#include "app/bench/tcp_connection.h"
#include "base/clock.h"
#include "fmt/format.h"
#include "http/url.h"
#include "telemetry.pb.h"

namespace obs {
namespace {

constexpr std::uint32_t kStream = 1;
constexpr std::int64_t kPatienceNs = 30 * kNanosPerSecond;
// Messages that go out together.
constexpr std::size_t kFlushBytes = 64 * 1024;
constexpr std::size_t kMessagePrefixBytes = 5;
// Acks so large together are taken out of the aggregator's window.
constexpr std::size_t kWindowStep = 16 * 1024;
constexpr std::uint64_t kSettingWindow = 4, kSettingFrameBytes = 5;

class Http2LoadStream final : public LoadStream {
 public:
  explicit Http2LoadStream(const Options& options) : address_(options.address) {
    // The aggregator's words on who is let in.
    const auto probe = LoadStream::Open(options);
    status_ = probe->Finish();
    retry_after_ms_ = probe->retry_after_ms();
    if (!status_.ok()) return;
    const auto url = Url::Parse("http://" + options.address);
    auto connection = url.ok() ? TcpConnection::Connect(*url, kPatienceNs) : url.status();
    if (!connection.ok()) {
      status_ = connection.status();
      return;
    }
    connection_.emplace(*std::move(connection));
    Send(OpeningOf(options));
  }

  bool Write(std::string_view message, bool more_follows) override {
    pending_ += '\0';  // not compressed
    for (int shift = 24; shift >= 0; shift -= 8) pending_ += static_cast<char>(message.size() >> shift);
    pending_ += message;
    if (!more_follows || pending_.size() >= kFlushBytes) Flush();
    return is_open();
  }

  bool Poll(std::int64_t timeout_nanos) override {
    Flush();
    if (is_open()) Receive(timeout_nanos);
    return is_open();
  }

  const LoadAck& ack() const override { return ack_; }
  std::optional<std::int64_t> retry_after_ms() const override { return retry_after_ms_; }

  absl::Status Finish() override {
    if (!connection_) return status_;
    Flush();
    if (is_open()) {
      std::string end;
      AppendHttp2Header(end, Http2Type::kData, kHttp2EndStream, kStream, 0);
      Send(end);
      half_closed_ = true;
    }
    const Clock& clock = Clock::System();
    for (const std::int64_t deadline = clock.MonotonicNanos() + kPatienceNs; is_open();) {
      if (clock.MonotonicNanos() > deadline) Fail("the aggregator does not end the stream");
      Receive(kNanosPerSecond);
    }
    TakeStatus();
    return status_;
  }

 private:
  static std::string OpeningOf(const Options& options) {
    std::vector<std::pair<std::string, std::string>> fields{{":method", "POST"},
                                                            {":scheme", "http"},
                                                            {":path", PathOf(options.method)},
                                                            {":authority", options.address},
                                                            {"te", "trailers"},
                                                            {"content-type", "application/grpc"},
                                                            {"user-agent", "obs-bench"}};
    if (!options.api_key.empty()) fields.emplace_back("authorization", "Bearer " + options.api_key);
    const std::string block = EncodeHeaderBlock(fields);
    std::string out(kHttp2Preface);
    AppendHttp2Header(out, Http2Type::kSettings, 0, 0, 0);
    AppendHttp2Header(out, Http2Type::kHeaders, kHttp2EndHeaders, kStream, block.size());
    return out + block;
  }

  bool is_open() const { return status_.ok() && !ended_; }

  void Fail(std::string_view why) {
    if (status_.ok()) status_ = absl::UnavailableError(fmt::format("{}: {}", address_, why));
  }

  void Send(std::string_view bytes) {
    if (absl::Status sent = connection_->Send(bytes); !sent.ok() && status_.ok()) status_ = sent;
  }

  // Sends what is pending, as far as the aggregator's windows allow, and waits for these to open.
  void Flush() {
    std::string_view rest = pending_;
    std::string header;
    while (!rest.empty() && is_open()) {
      const std::int64_t window = std::min({connection_window_, stream_window_, max_frame_bytes_});
      if (window <= 0) {
        Receive(kPatienceNs);
        continue;
      }
      const std::string_view chunk = rest.substr(0, static_cast<std::size_t>(window));
      header.clear();
      AppendHttp2Header(header, Http2Type::kData, 0, kStream, chunk.size());
      (void)::send(connection_->fd(), header.data(), header.size(), MSG_NOSIGNAL | MSG_MORE);
      Send(chunk);
      connection_window_ -= static_cast<std::int64_t>(chunk.size());
      stream_window_ -= static_cast<std::int64_t>(chunk.size());
      rest.remove_prefix(chunk.size());
      Receive(0);
    }
    pending_.clear();
  }

  // Takes in what has come, or comes within `timeout_ns`.
  void Receive(std::int64_t timeout_ns) {
    pollfd wait{connection_->fd(), POLLIN, 0};
    const auto millis = static_cast<int>((timeout_ns + kNanosPerMilli - 1) / kNanosPerMilli);
    if (::poll(&wait, 1, millis) <= 0) {
      if (timeout_ns >= kPatienceNs) Fail("the aggregator takes nothing any more");
      return;
    }
    std::array<char, 16 * 1024> buffer;
    const auto n = connection_->Receive(buffer);
    if (!n.ok() || *n == 0) return Fail("the aggregator closed the connection");
    received_.append(buffer.data(), *n);
    TakeHttp2Frames(received_, [this](const Http2Frame& frame) { Take(frame); });
  }

  void Take(const Http2Frame& frame) {
    switch (frame.type) {
      case Http2Type::kData: TakeAcks(frame.payload); break;
      case Http2Type::kHeaders: trailers_ = frame.payload; break;
      case Http2Type::kResetStream: was_reset_ = !ended_, ended_ = true; return;
      case Http2Type::kGoAway: return Fail("the aggregator is stopping");
      case Http2Type::kSettings: return TakeSettings(frame);
      case Http2Type::kPing: return Answer(frame);
      case Http2Type::kWindowUpdate:
        (frame.stream == 0 ? connection_window_ : stream_window_) +=
            static_cast<std::int64_t>(ReadBigEndian(frame.payload) & 0x7fff'ffff);
        return;
      default: return;
    }
    if ((frame.flags & kHttp2EndStream) != 0) ended_ = true;
  }

  void TakeSettings(const Http2Frame& frame) {
    if ((frame.flags & kHttp2Ack) != 0) return;
    constexpr std::size_t kSettingBytes = 6;
    for (std::size_t i = 0; i + kSettingBytes <= frame.payload.size(); i += kSettingBytes) {
      const std::uint64_t setting = ReadBigEndian(frame.payload.substr(i, 2));
      const auto value = static_cast<std::int64_t>(ReadBigEndian(frame.payload.substr(i + 2, 4)));
      if (setting == kSettingWindow) stream_window_ += value - std::exchange(initial_window_, value);
      if (setting == kSettingFrameBytes) max_frame_bytes_ = value;
    }
    Answer({Http2Type::kSettings, 0, 0, ""});
  }

  void Answer(const Http2Frame& frame) {
    if ((frame.flags & kHttp2Ack) != 0) return;
    std::string out;
    AppendHttp2Header(out, frame.type, kHttp2Ack, 0, frame.payload.size());
    Send(out.append(frame.payload));
  }

  void TakeAcks(std::string_view payload) {
    answers_ += payload;
    std::string_view rest = answers_;
    while (rest.size() >= kMessagePrefixBytes) {
      const std::size_t size = ReadBigEndian(rest.substr(1, 4));
      if (rest.size() < kMessagePrefixBytes + size) break;
      telemetry::Ack ack;
      if (ack.ParseFromArray(rest.data() + kMessagePrefixBytes, static_cast<int>(size))) {
        ack_ = {ack.count(), ack.rejected(), ack.duplicates(), {ack.reasons().begin(), ack.reasons().end()}};
      }
      rest.remove_prefix(kMessagePrefixBytes + size);
    }
    answers_.erase(0, answers_.size() - rest.size());
    OpenWindows(payload.size());
  }

  void OpenWindows(std::size_t received) {
    unread_window_ += received;
    if (unread_window_ < kWindowStep) return;
    std::string out;
    for (const std::uint32_t stream : {std::uint32_t{0}, kStream}) {
      AppendHttp2Header(out, Http2Type::kWindowUpdate, 0, stream, 4);
      for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(unread_window_ >> shift);
    }
    unread_window_ = 0;
    Send(out);
  }

  // What the trailers say. Should a proxy have made them unreadable, the Acks still tell what arrived.
  void TakeStatus() {
    const std::string code = FindLiteralHeader(trailers_, "grpc-status");
    if (code == "0" || (code.empty() && half_closed_ && !was_reset_)) return;
    const std::string words = FindLiteralHeader(trailers_, "grpc-message");
    retry_after_ms_ = ParseRetryAfter(FindLiteralHeader(trailers_, kRetryAfterHeader));
    Fail(words.empty() ? "the aggregator broke the stream off" : words);
  }

  const std::string address_;
  std::optional<TcpConnection> connection_;  // unset if there is none
  absl::Status status_;
  std::optional<std::int64_t> retry_after_ms_;
  bool half_closed_ = false;
  bool ended_ = false;      // by the aggregator
  bool was_reset_ = false;  // without trailers

  std::string pending_;   // messages, with their prefixes
  std::string received_;  // not yet a whole frame
  std::string answers_;   // not yet a whole Ack
  std::string trailers_;
  LoadAck ack_;

  // What may be sent, as RFC 9113 has it at the start.
  std::int64_t connection_window_ = 65535;
  std::int64_t initial_window_ = 65535;
  std::int64_t stream_window_ = 65535;
  std::int64_t max_frame_bytes_ = 16384;
  std::size_t unread_window_ = 0;  // received, and not told yet
};

}  // namespace

std::unique_ptr<LoadStream> OpenHttp2LoadStream(const LoadStream::Options& options) {
  return std::make_unique<Http2LoadStream>(options);
}

}  // namespace obs
