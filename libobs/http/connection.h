// One connection of an HttpServer: reads requests one after another, answers each, and ends as an upgraded
// socket or closed. Internal to http/.
//
// Thread safety: lives on its own strand; Stop() and Close() may be called from any thread.
// Ownership: its pending operation keeps it alive; its server's ConnectionSet only knows it.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/beast/core/buffers_suffix.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/core/tcp_stream.hpp"
#include "boost/beast/http/parser.hpp"
#include "boost/beast/http/string_body.hpp"
#include "http/router.h"
#include "http/server.h"

namespace obs {

class Connection;

// The connections that are open. Thread safety: any thread.
class ConnectionSet {
 public:
  enum class Kind { kServed, kRefused };

  void Add(const std::shared_ptr<Connection>& connection, Kind kind);
  void Remove(const Connection* connection);

  std::size_t Count(Kind kind) const;
  std::vector<std::shared_ptr<Connection>> All() const;
  // Returns once there is none, or at the deadline.
  void WaitUntilEmpty(std::chrono::nanoseconds timeout);

 private:
  struct Entry {
    std::weak_ptr<Connection> connection;
    Kind kind;
  };

  mutable Mutex mutex_;
  CondVar changed_;
  std::unordered_map<const Connection*, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  std::size_t refused_ ABSL_GUARDED_BY(mutex_) = 0;
};

// What connections share with their server, which outlives them.
struct ServerState {
  HttpServerOptions options;
  Router router;
  ConnectionSet connections;
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> refused_connections{0};
  std::atomic<std::uint64_t> timeouts{0};
  std::atomic<std::uint64_t> accept_errors{0};
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // `socket` has a strand as its executor.
  Connection(ServerState& server, boost::asio::ip::tcp::socket socket);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Serve();
  // Answers 503 whatever is asked, and closes.
  void Refuse();

  // Closes at once, or after the response under way.
  void Stop();
  void Close();

 private:
  using ErrorCode = boost::system::error_code;
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Handshake = boost::beast::http::request<boost::beast::http::string_body>;

  void AwaitRequest();
  void OnFirstBytes(ErrorCode error, std::size_t bytes);
  void ReadHeader();
  void OnHeader(ErrorCode error);
  void SendContinue();
  void ReadBody();
  void OnRequest();
  void OnReadError(ErrorCode error);

  HttpRequest TakeRequest(const Handshake& message) const;
  void Upgrade(const UpgradeHandler& handler, HttpRequest request, Handshake message);

  // `keep_alive`: go on with the next request afterwards.
  void Respond(HttpResponse response, bool keep_alive, bool is_head = false);
  void RefuseRequest(int status, std::string_view why) { Respond(HttpResponse::Error(status, why), false); }
  void WriteSome();
  void OnWritten(ErrorCode error, std::size_t bytes);

  // Lets the peer read our last words: a close with unread input would reset the connection under them.
  void Linger();
  void DiscardSome();

  void ExpireAfter(std::int64_t nanos) { stream_->expires_after(std::chrono::nanoseconds(nanos)); }
  void CloseNow();

  ServerState& server_;
  const boost::asio::any_io_executor executor_;  // the strand
  const std::string peer_;
  std::optional<boost::beast::tcp_stream> stream_;  // always there; optional only to be replaced
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  bool served_before_ = false;
  bool responding_ = false;
  bool stopping_ = false;

  // The response under way.
  std::string head_;
  std::shared_ptr<const std::string> body_;
  std::optional<boost::beast::buffers_suffix<std::array<boost::asio::const_buffer, 2>>> unsent_;
  std::size_t sent_since_deadline_ = 0;
  bool keep_alive_ = false;
};

}  // namespace obs
