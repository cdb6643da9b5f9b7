#include "live/session.h"

#include <optional>
#include <utility>

#include "boost/asio/post.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/websocket/rfc6455.hpp"
#include "boost/beast/websocket/stream.hpp"
#include "fmt/format.h"
#include "live/frame_socket.h"
#include "wire/websocket_frame.h"

namespace obs {
namespace {

namespace websocket = boost::beast::websocket;
using boost::system::error_code;

SessionEnd Classify(const error_code& error) {
  const bool protocol =
      error == websocket::condition::protocol_violation || error == websocket::error::message_too_big ||
      error == websocket::error::buffer_overflow || error == websocket::error::bad_frame_payload;
  return protocol ? SessionEnd::kProtocol : SessionEnd::kPeer;
}

class BeastSession final : public LiveSession, public std::enable_shared_from_this<BeastSession> {
 public:
  BeastSession(UpgradeRequest request, std::string subprotocol, const SessionOptions& options,
               FrameSenders& senders, SessionEvents& events, const Clock& clock)
      : options_(options),
        events_(events),
        clock_(clock),
        handshake_(std::move(request.handshake)),
        subprotocol_(std::move(subprotocol)),
        socket_(std::make_shared<FrameSocket>(std::move(request.socket), senders)),
        stream_(FrameStream(socket_)),
        heard_ns_(clock.MonotonicNanos()),
        progress_ns_(heard_ns_) {
    stream_.read_message_max(options.max_message_bytes);
    stream_.auto_fragment(false);
  }

  // ---- LiveSession ----

  void Start() override {
    socket_->OnIdle([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->SendReply();
    });
    stream_.set_option(websocket::stream_base::decorator([this](websocket::response_type& response) {
      if (!subprotocol_.empty()) {
        response.set(boost::beast::http::field::sec_websocket_protocol, subprotocol_);
      }
    }));
    stream_.control_callback([this](websocket::frame_type, boost::beast::string_view) { Heard(); });
    stream_.async_accept(handshake_, [self = shared_from_this()](const error_code& error) {
      if (self->ended_) return;  // while this was on its way
      if (error) return self->End(Classify(error));
      self->open_ = true;
      self->events_.OnOpen(*self);
      self->Read();
    });
  }

  void ShutDown() override {
    if (closing_since_ns_ || ended_) return;
    closing_since_ns_ = clock_.MonotonicNanos();
    end_ = SessionEnd::kShutdown;
    if (!open_ || socket_->closing()) return;
    const websocket::close_reason reason(websocket::close_code::going_away, "the server is stopping");
    stream_.async_close(reason,
                        [self = shared_from_this()](const error_code&) { self->End(SessionEnd::kShutdown); });
  }

  void Sweep() override {
    const std::int64_t now_ns = clock_.MonotonicNanos();
    if (ended_) return;
    if (socket_->closed()) return End(SessionEnd::kPeer);
    if (socket_->closing() && !closing_since_ns_) closing_since_ns_ = now_ns;
    if (closing_since_ns_ || !open_) {
      if (now_ns - closing_since_ns_.value_or(heard_ns_) > options_.close_timeout_ns) End(SessionEnd::kPeer);
      return;
    }
    NoteProgress(now_ns);
    if (now_ns - progress_ns_ > options_.stall_timeout_ns) return End(SessionEnd::kStalled);
    SweepPing(now_ns);
  }

  // ---- FrameSink ----

  bool busy() const override { return !open_ || socket_->busy() || !reply_.empty(); }

  std::size_t Send(const LiveFrameHead& head, const FrameBodyPtr& body) override {
    head_.clear();
    LiveCodec::For(body->format()).AppendHead(head_, head);
    const auto opcode =
        body->format() == LiveFormat::kJson ? WebSocketOpcode::kText : WebSocketOpcode::kBinary;
    prefix_.clear();
    AppendWebSocketHeader(prefix_, opcode, head_.size() + body->bytes().size());
    prefix_ += head_;
    // History is sent from here, so that it is known at once when there is room for more of it.
    if (body->history()) {
      socket_->SendAtOnce(prefix_, body);
    } else {
      socket_->Send(prefix_, body);
    }
    return prefix_.size() + body->bytes().size();
  }

  std::int64_t stuck_since_ns() const override { return progress_ns_; }

  void DropForMemory() override {
    end_ = SessionEnd::kMemory;
    socket_->Close();
    boost::asio::post(stream_.get_executor(),
                      [self = shared_from_this()] { self->End(SessionEnd::kMemory); });
  }

 private:
  void Heard() {
    heard_ns_ = clock_.MonotonicNanos();
    pinged_ns_.reset();
  }

  void Read() {
    stream_.async_read(buffer_, [self = shared_from_this()](const error_code& error, std::size_t) {
      if (self->ended_) return;  // while this was on its way: the owner knows it no more
      if (error) return self->End(Classify(error));
      self->OnMessage();
    });
  }

  void OnMessage() {
    Heard();
    if (stream_.got_text()) {
      const auto data = buffer_.cdata();
      reply_ = events_.OnMessage(*this, {static_cast<const char*>(data.data()), data.size()});
    } else {
      reply_ = R"({"error":"expected a text message holding JSON"})";
    }
    buffer_.consume(buffer_.size());
    if (reply_.empty()) {
      Read();
    } else {
      SendReply();
    }
  }

  // Once the socket has taken the reply, the next message may come.
  void SendReply() {
    if (socket_->CallWhenIdle()) return;  // comes back here
    prefix_.clear();
    AppendWebSocketHeader(prefix_, WebSocketOpcode::kText, reply_.size());
    prefix_ += reply_;
    reply_.clear();
    socket_->SendAtOnce(prefix_, nullptr);
    Read();
  }

  void NoteProgress(std::int64_t now_ns) {
    if (socket_->busy() && socket_->bytes_sent() == progress_bytes_) return;
    progress_bytes_ = socket_->bytes_sent();
    progress_ns_ = now_ns;
  }

  void SweepPing(std::int64_t now_ns) {
    if (pinged_ns_) {
      if (now_ns - *pinged_ns_ > options_.pong_timeout_ns) End(SessionEnd::kUnresponsive);
      return;
    }
    if (now_ns - heard_ns_ < options_.ping_interval_ns) return;
    pinged_ns_ = now_ns;
    stream_.async_ping({}, [self = shared_from_this()](const error_code&) {});  // an error ends the read too
  }

  void End(SessionEnd reason) {
    if (ended_) return;
    ended_ = true;
    socket_->Close();
    events_.OnEnd(*this, end_.value_or(reason));
  }

  const SessionOptions options_;
  SessionEvents& events_;
  const Clock& clock_;
  const boost::beast::http::request<boost::beast::http::string_body> handshake_;
  const std::string subprotocol_;
  const std::shared_ptr<FrameSocket> socket_;
  websocket::stream<FrameStream, /*deflateSupported=*/false> stream_;
  boost::beast::flat_buffer buffer_;
  std::string reply_;  // waits for the frame on its way to be gone
  std::string head_;   // reused
  std::string prefix_;

  bool open_ = false;
  bool ended_ = false;
  std::optional<SessionEnd> end_;  // why it ends, if that is known before it does
  std::int64_t heard_ns_;
  std::optional<std::int64_t> pinged_ns_;  // unanswered
  std::int64_t progress_ns_;               // when the socket last took a byte, or had nothing to take
  std::uint64_t progress_bytes_ = 0;
  std::optional<std::int64_t> closing_since_ns_;
};

}  // namespace

std::shared_ptr<LiveSession> LiveSession::Create(UpgradeRequest request, std::string subprotocol,
                                                 const SessionOptions& options, FrameSenders& senders,
                                                 SessionEvents& events, const Clock& clock) {
  return std::make_shared<BeastSession>(std::move(request), std::move(subprotocol), options, senders, events,
                                        clock);
}

}  // namespace obs
