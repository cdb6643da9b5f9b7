#include "live/frame_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <utility>

#include "boost/asio/post.hpp"

namespace obs {
namespace {

// What the kernel may hold of bytes not yet sent: a watcher that stops reading is noticed when this is full,
// and what it then still gets is not long out of date.
constexpr int kUnsentBytes = 128 * 1024;

constexpr std::uint8_t kCloseFrame = 0x88;

#ifdef MSG_NOSIGNAL
constexpr int kSendFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
#else
constexpr int kSendFlags = MSG_DONTWAIT;  // SignalWaiter ignores SIGPIPE
#endif

}  // namespace

FrameSocket::FrameSocket(Tcp::socket socket, FrameSenders& senders)
    : tcp_(std::move(socket)),
      senders_(senders),
      frame_gone_(tcp_.get_executor(), boost::asio::steady_timer::time_point::max()) {
  boost::system::error_code ignored;  // without these it works too, only not as well
  tcp_.set_option(Tcp::no_delay(true), ignored);
  tcp_.set_option(boost::asio::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>(kUnsentBytes),
                  ignored);
  tcp_.non_blocking(true, ignored);
}

bool FrameSocket::Begin(std::string_view prefix, FrameBodyPtr body) {
  if (closing_ || closed_) return false;
  const MutexLock lock(mutex_);
  prefix_.assign(prefix);
  body_ = std::move(body);
  sent_ = 0;
  on_its_way_ = true;
  return !control_waiting_ && !control_writing_;  // else EndControl() goes on
}

void FrameSocket::Send(std::string_view prefix, FrameBodyPtr body) {
  if (Begin(prefix, std::move(body))) senders_.Enqueue(shared_from_this());
}

void FrameSocket::SendAtOnce(std::string_view prefix, FrameBodyPtr body) {
  if (Begin(prefix, std::move(body))) Write();
}

bool FrameSocket::CallWhenIdle() {
  const MutexLock lock(mutex_);
  idle_call_ = on_its_way_;
  return idle_call_;
}

void FrameSocket::Write() {
  const MutexLock lock(mutex_);
  if (on_its_way_ && !control_writing_) Advance();
}

void FrameSocket::Advance() {
  const std::size_t size = prefix_.size() + (body_ ? body_->bytes().size() : 0);
  while (sent_ < size) {
    std::array<iovec, 2> parts;
    std::size_t count = 0;
    if (sent_ < prefix_.size()) parts[count++] = {prefix_.data() + sent_, prefix_.size() - sent_};
    if (body_) {
      const std::string& bytes = body_->bytes();
      const std::size_t from = sent_ < prefix_.size() ? 0 : sent_ - prefix_.size();
      // sendmsg() does not write to what it sends; its type is older than const.
      parts[count++] = {const_cast<char*>(bytes.data()) + from, bytes.size() - from};
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(tcp_.native_handle(), &message, kSendFlags);
    if (sent >= 0) {
      sent_ += static_cast<std::size_t>(sent);
      bytes_sent_ += static_cast<std::uint64_t>(sent);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      Post([](FrameSocket& self) { self.WaitUntilWritable(); });
      return;
    } else if (errno != EINTR) {
      Post([](FrameSocket& self) { self.Close(); });
      break;
    }
  }
  Finish();
}

void FrameSocket::Finish() {
  on_its_way_ = false;
  body_.reset();
  if (control_waiting_) Post([](FrameSocket& self) { self.frame_gone_.cancel(); });
  if (!std::exchange(idle_call_, false)) return;
  Post([](FrameSocket& self) {
    if (!self.closed_) self.on_idle_();
  });
}

void FrameSocket::WaitUntilWritable() {
  if (closed_) return;
  tcp_.async_wait(Tcp::socket::wait_write,
                  [self = shared_from_this()](const boost::system::error_code& error) {
                    if (!error) self->Write();
                  });
}

template <typename Step>
void FrameSocket::Post(Step step) {
  boost::asio::post(tcp_.get_executor(), [self = shared_from_this(), step] { step(*self); });
}

bool FrameSocket::BeginControl(const void* data, std::size_t size, bool waited) {
  const MutexLock lock(mutex_);
  control_waiting_ = !waited && on_its_way_;
  if (control_waiting_) return false;
  control_writing_ = true;
  if (size > 0 && *static_cast<const std::uint8_t*>(data) == kCloseFrame) closing_ = true;
  return true;
}

void FrameSocket::EndControl() {
  const MutexLock lock(mutex_);
  control_writing_ = false;
  if (closed_ || !on_its_way_) return;
  if (closing_) {
    Finish();
  } else {
    Advance();
  }
}

void FrameSocket::Close() {
  const MutexLock lock(mutex_);
  closed_ = true;
  on_its_way_ = false;
  body_.reset();
  boost::system::error_code ignored;
  tcp_.close(ignored);
  frame_gone_.cancel();
}

}  // namespace obs
