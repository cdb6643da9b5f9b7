#include "http/connection.h"

#include <array>
#include <utility>

#include "absl/strings/match.h"
#include "boost/asio/buffer.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/write.hpp"
#include "boost/beast/core/bind_handler.hpp"
#include "boost/beast/core/buffers_to_string.hpp"
#include "boost/beast/core/error.hpp"
#include "boost/beast/http/error.hpp"
#include "boost/beast/http/read.hpp"
#include "boost/beast/http/rfc7230.hpp"
#include "fmt/format.h"
#include "http/response_head.h"
#include "http/target.h"
#include "http/upgrade.h"

namespace obs {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::size_t kFirstReadBytes = 4096;
// A buffer that grew beyond this is given back when its connection falls idle.
constexpr std::size_t kIdleBufferBytes = 16 * 1024;
// A peer must take this much within each write timeout.
constexpr std::size_t kProgressBytes = 64 * 1024;
constexpr std::int64_t kLingerNanos = kNanosPerSecond;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

std::string PeerOf(const asio::ip::tcp::socket& socket) {
  beast::error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  if (error) return "unknown";
  return ListenAddress{endpoint.address().to_string(), endpoint.port()}.ToString();
}

std::string ToString(beast::string_view text) {
  return {text.data(), text.size()};
}

bool AsksForWebSocket(const http::request<http::string_body>& message) {
  return message.method() == http::verb::get &&
         http::token_list(message[http::field::connection]).exists("upgrade") &&
         http::token_list(message[http::field::upgrade]).exists("websocket");
}

}  // namespace

void ConnectionSet::Add(const std::shared_ptr<Connection>& connection, Kind kind) {
  const MutexLock lock(mutex_);
  entries_.emplace(connection.get(), Entry{connection, kind});
  if (kind == Kind::kRefused) ++refused_;
}

void ConnectionSet::Remove(const Connection* connection) {
  const MutexLock lock(mutex_);
  const auto it = entries_.find(connection);
  if (it == entries_.end()) return;
  if (it->second.kind == Kind::kRefused) --refused_;
  entries_.erase(it);
  changed_.notify_all();
}

std::size_t ConnectionSet::Count(Kind kind) const {
  const MutexLock lock(mutex_);
  return kind == Kind::kRefused ? refused_ : entries_.size() - refused_;
}

std::vector<std::shared_ptr<Connection>> ConnectionSet::All() const {
  const MutexLock lock(mutex_);
  std::vector<std::shared_ptr<Connection>> all;
  for (const auto& [key, entry] : entries_) {
    if (auto connection = entry.connection.lock()) all.push_back(std::move(connection));
  }
  return all;
}

void ConnectionSet::WaitUntilEmpty(std::chrono::nanoseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  const MutexLock lock(mutex_);
  while (!entries_.empty()) {
    if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout) return;
  }
}

Connection::Connection(ServerState& server, asio::ip::tcp::socket socket)
    : server_(server),
      executor_(socket.get_executor()),
      peer_(PeerOf(socket)),
      stream_(std::in_place, std::move(socket)) {}

Connection::~Connection() {
  server_.connections.Remove(this);
}

void Connection::Serve() {
  asio::post(executor_, [self = shared_from_this()] { self->AwaitRequest(); });
}

void Connection::Refuse() {
  asio::post(executor_, [self = shared_from_this()] {
    self->RefuseRequest(503, "too many connections; try again later");
  });
}

void Connection::Stop() {
  asio::post(executor_, [self = shared_from_this()] {
    self->stopping_ = true;
    if (!self->responding_) self->CloseNow();
  });
}

void Connection::Close() {
  asio::post(executor_, [self = shared_from_this()] { self->CloseNow(); });
}

void Connection::CloseNow() {
  stopping_ = true;
  beast::error_code ignored;
  stream_->socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  stream_->close();
}

void Connection::AwaitRequest() {
  if (stopping_) return CloseNow();
  if (buffer_.size() > 0) return ReadHeader();  // pipelined
  if (buffer_.capacity() > kIdleBufferBytes) buffer_.shrink_to_fit();
  ExpireAfter(served_before_ ? server_.options.idle_timeout_ns : server_.options.request_timeout_ns);
  stream_->async_read_some(buffer_.prepare(kFirstReadBytes),
                           beast::bind_front_handler(&Connection::OnFirstBytes, shared_from_this()));
}

void Connection::OnFirstBytes(ErrorCode error, std::size_t bytes) {
  if (error) {
    if (error == beast::error::timeout && !served_before_) ++server_.timeouts;
    return CloseNow();
  }
  buffer_.commit(bytes);
  ReadHeader();
}

void Connection::ReadHeader() {
  ExpireAfter(server_.options.request_timeout_ns);
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(server_.options.max_header_bytes));
  parser_->body_limit(server_.options.max_body_bytes);
  http::async_read_header(
      *stream_, buffer_, *parser_,
      [self = shared_from_this()](ErrorCode error, std::size_t) { self->OnHeader(error); });
}

void Connection::OnHeader(ErrorCode error) {
  if (error) return OnReadError(error);
  const auto& message = parser_->get();
  if (message.version() >= 11 && message.count(http::field::host) != 1) {
    return RefuseRequest(400, "malformed request: HTTP/1.1 needs one Host header");
  }
  if (parser_->is_done()) return OnRequest();
  if (beast::iequals(message[http::field::expect], "100-continue")) return SendContinue();
  ReadBody();
}

void Connection::SendContinue() {
  asio::async_write(*stream_, asio::buffer(kContinue),
                    [self = shared_from_this()](ErrorCode error, std::size_t) {
                      if (error) return self->OnReadError(error);
                      self->ReadBody();
                    });
}

void Connection::ReadBody() {
  http::async_read(*stream_, buffer_, *parser_, [self = shared_from_this()](ErrorCode error, std::size_t) {
    if (error) return self->OnReadError(error);
    self->OnRequest();
  });
}

void Connection::OnReadError(ErrorCode error) {
  if (stopping_) return CloseNow();
  if (error == beast::error::timeout) {
    ++server_.timeouts;
    return CloseNow();
  }
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return RefuseRequest(431,
                         fmt::format("request headers exceed {} bytes", server_.options.max_header_bytes));
  }
  if (error == http::error::body_limit) {
    return RefuseRequest(413, fmt::format("request body exceeds {} bytes", server_.options.max_body_bytes));
  }
  const bool gone = error == http::error::end_of_stream || error == http::error::partial_message;
  if (gone || error.category() != make_error_code(http::error::bad_method).category()) return CloseNow();
  RefuseRequest(400, fmt::format("malformed request: {}", error.message()));
}

HttpRequest Connection::TakeRequest(const Handshake& message) const {
  HttpRequest request;
  request.method = ToString(message.method_string());
  request.headers.reserve(8);
  for (const auto& field : message) {
    request.headers.emplace_back(ToString(field.name_string()), ToString(field.value()));
  }
  request.body = message.body();
  request.peer = peer_;
  return request;
}

void Connection::OnRequest() {
  Handshake message = parser_->release();
  ++server_.requests;
  served_before_ = true;
  const bool keep_alive = message.keep_alive();
  auto target = ParseHttpTarget({message.target().data(), message.target().size()});
  if (!target.ok()) {
    const absl::string_view why = target.status().message();
    return Respond(HttpResponse::Error(400, {why.data(), why.size()}), keep_alive);
  }
  HttpRequest request = TakeRequest(message);
  request.path = std::move(target->path);
  request.query = std::move(target->query);

  const UpgradeHandler* const upgrade = server_.router.FindUpgrade(request.path);
  if (upgrade != nullptr && AsksForWebSocket(message)) {
    return Upgrade(*upgrade, std::move(request), std::move(message));
  }
  Respond(server_.router.Answer(request), keep_alive, request.method == "HEAD");
}

void Connection::Upgrade(const UpgradeHandler& handler, HttpRequest request, Handshake message) {
  const bool keep_alive = message.keep_alive();
  stream_->expires_never();
  UpgradeRequest upgrade{stream_->release_socket(), std::move(request), std::move(message),
                         beast::buffers_to_string(buffer_.data())};
  std::optional<HttpResponse> refusal = handler(upgrade);
  if (!refusal) return;
  stream_.emplace(std::move(upgrade.socket));
  Respond(*std::move(refusal), keep_alive);
}

void Connection::Respond(HttpResponse response, bool keep_alive, bool is_head) {
  responding_ = true;
  keep_alive_ = keep_alive && !stopping_;
  head_ = FormatResponseHead(response, keep_alive_, Clock::System().NowNanos());
  body_ = is_head || !MayHaveBody(response.status) ? nullptr : std::move(response.body);
  unsent_.emplace(std::array<asio::const_buffer, 2>{
      asio::buffer(head_), body_ == nullptr ? asio::const_buffer() : asio::buffer(*body_)});
  ExpireAfter(server_.options.write_timeout_ns);
  sent_since_deadline_ = 0;
  WriteSome();
}

void Connection::WriteSome() {
  stream_->async_write_some(*unsent_, beast::bind_front_handler(&Connection::OnWritten, shared_from_this()));
}

void Connection::OnWritten(ErrorCode error, std::size_t bytes) {
  if (error) {
    if (error == beast::error::timeout) ++server_.timeouts;
    return CloseNow();
  }
  unsent_->consume(bytes);
  if (beast::buffer_bytes(*unsent_) > 0) {
    sent_since_deadline_ += bytes;
    if (sent_since_deadline_ >= kProgressBytes) {
      ExpireAfter(server_.options.write_timeout_ns);
      sent_since_deadline_ = 0;
    }
    return WriteSome();
  }
  unsent_.reset();
  body_.reset();
  responding_ = false;
  if (keep_alive_ && !stopping_) return AwaitRequest();
  Linger();
}

void Connection::Linger() {
  beast::error_code error;
  stream_->socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
  if (error || stopping_) return CloseNow();
  ExpireAfter(kLingerNanos);
  DiscardSome();
}

void Connection::DiscardSome() {
  buffer_.clear();
  stream_->async_read_some(buffer_.prepare(kFirstReadBytes),
                           [self = shared_from_this()](ErrorCode error, std::size_t) {
                             if (error) return self->CloseNow();
                             self->DiscardSome();
                           });
}

}  // namespace obs
