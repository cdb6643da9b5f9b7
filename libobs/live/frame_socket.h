// A TCP connection on which frames leave with one system call each, beside what Beast writes for the
// WebSocket protocol.
//
// A frame is written by one of the FrameSenders, or at once; what the socket does not take goes when there is
// room again. Beast's own writes (the handshake's answer, pong, ping, close) go between frames, never into
// one, and the other way round.
//
// Thread safety: the hub's thread only, but for Write(). FrameSocket is kept alive by its pending operations.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/mutex.h"
#include "boost/asio/compose.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/write.hpp"
#include "boost/beast/core/role.hpp"
#include "boost/beast/websocket/teardown.hpp"
#include "live/frame_body.h"
#include "live/frame_senders.h"

namespace obs {

class FrameSocket : public std::enable_shared_from_this<FrameSocket> {
 public:
  using Tcp = boost::asio::ip::tcp;

  // Sets the socket up for small frames that must not wait and must not pile up in the kernel. `senders`
  // outlives it.
  FrameSocket(Tcp::socket socket, FrameSenders& senders);

  Tcp::socket& tcp() { return tcp_; }

  // True while a frame is on its way.
  bool busy() const { return on_its_way_; }
  // Sends `prefix` and then `body` (which may be null) from one of the senders. Not while busy(). After a
  // close frame or an error, drops them.
  void Send(std::string_view prefix, FrameBodyPtr body);
  // The same, but from here as far as it goes at once.
  void SendAtOnce(std::string_view prefix, FrameBodyPtr body);

  // Called by CallWhenIdle().
  void OnIdle(std::function<void()> callback) { on_idle_ = std::move(callback); }
  // True if a frame is on its way, in which case the callback comes when it is gone, once.
  bool CallWhenIdle();

  // Bytes of frames sent so far.
  std::uint64_t bytes_sent() const { return bytes_sent_; }
  // True once Beast has begun to write a close frame: the protocol allows no data after it.
  bool closing() const { return closing_; }

  bool closed() const { return closed_; }

  // Drops the frame on its way and closes the connection. Pending operations end with errors.
  void Close();

  // Sends as much of the frame as the socket takes. For the senders; any thread.
  void Write();

 private:
  friend class FrameStream;

  // True if there is now a frame that may be written.
  bool Begin(std::string_view prefix, FrameBodyPtr body);
  void Advance() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Finish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WaitUntilWritable();
  // Runs `step` on the hub's thread, soon.
  template <typename Step>
  void Post(Step step);
  // Beast's turn begins and ends. False if Beast must wait for frame_gone_ first; then it has `waited`.
  bool BeginControl(const void* data, std::size_t size, bool waited);
  void EndControl();

  Tcp::socket tcp_;
  FrameSenders& senders_;
  boost::asio::steady_timer frame_gone_;  // never expires: cancelled when the frame on its way is gone
  std::function<void()> on_idle_;
  bool closing_ = false;
  bool closed_ = false;

  std::atomic<bool> on_its_way_ = false;  // changed under the mutex
  std::atomic<std::uint64_t> bytes_sent_ = 0;
  Mutex mutex_;  // held while the socket is written to or closed
  std::string prefix_ ABSL_GUARDED_BY(mutex_);
  FrameBodyPtr body_ ABSL_GUARDED_BY(mutex_);
  std::size_t sent_ ABSL_GUARDED_BY(mutex_) = 0;          // of both together
  bool control_waiting_ ABSL_GUARDED_BY(mutex_) = false;  // Beast waits for the frame to be gone
  bool control_writing_ ABSL_GUARDED_BY(mutex_) = false;  // Beast is writing; a frame waits for it to end
  bool idle_call_ ABSL_GUARDED_BY(mutex_) = false;
};

// What Beast's websocket::stream takes for a connection.
class FrameStream {
 public:
  using executor_type = FrameSocket::Tcp::socket::executor_type;
  using next_layer_type = FrameSocket::Tcp::socket;

  explicit FrameStream(std::shared_ptr<FrameSocket> socket) : socket_(std::move(socket)) {}

  executor_type get_executor() { return socket_->tcp_.get_executor(); }
  next_layer_type& next_layer() { return socket_->tcp_; }
  const next_layer_type& next_layer() const { return socket_->tcp_; }

  template <typename Buffers, typename Handler>
  auto async_read_some(const Buffers& buffers, Handler&& handler) {
    return socket_->tcp_.async_read_some(buffers, std::forward<Handler>(handler));
  }

  // Writes all of `buffers`, which Beast then need not do piece by piece.
  template <typename Buffers, typename Handler>
  auto async_write_some(const Buffers& buffers, Handler&& handler) {
    return boost::asio::async_compose<Handler, void(boost::system::error_code, std::size_t)>(
        ControlWrite<Buffers>{socket_, buffers}, handler, socket_->tcp_);
  }

 private:
  template <typename Buffers>
  struct ControlWrite {
    std::shared_ptr<FrameSocket> socket;
    Buffers buffers;
    enum class Step : std::uint8_t { kStart, kWaited, kWritten } step = Step::kStart;

    template <typename Self>
    void operator()(Self& self, boost::system::error_code error = {}, std::size_t bytes = 0) {
      FrameSocket& shared = *socket;
      if (step != Step::kWritten) {
        const boost::asio::const_buffer first = *boost::asio::buffer_sequence_begin(buffers);
        if (!shared.BeginControl(first.data(), first.size(), step == Step::kWaited)) {
          step = Step::kWaited;
          shared.frame_gone_.async_wait(std::move(self));
          return;
        }
        step = Step::kWritten;
        const Buffers all = buffers;
        boost::asio::async_write(shared.tcp_, all, std::move(self));
        return;
      }
      const std::shared_ptr<FrameSocket> kept = std::move(socket);
      kept->EndControl();
      self.complete(error, bytes);
    }
  };

  std::shared_ptr<FrameSocket> socket_;
};

// Found by Beast, which ends the connection through it.
template <typename Handler>
void async_teardown(boost::beast::role_type role, FrameStream& stream, Handler&& handler) {
  using boost::beast::websocket::async_teardown;
  async_teardown(role, stream.next_layer(), std::forward<Handler>(handler));
}

}  // namespace obs
