// One HTTP/1.1 server: routes, limits, time-outs, and the hand-over of WebSocket upgrades.
//
// Thread safety: set up routes before Start(); then any thread may call port(), stats() and Stop().
// Handlers run on the server's own threads, several at once if there are several, and should not block:
// responses are written asynchronously, so a peer that does not read holds up nobody. When full: a connection
// beyond max_connections is answered 503 and closed. A peer that is too slow in sending its request or in
// reading its response is closed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "base/clock.h"
#include "http/listen_address.h"
#include "http/message.h"

namespace obs {

struct UpgradeRequest;  // http/upgrade.h

using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

// Either moves `upgrade.socket` out and returns nullopt: from then on the connection is the handler's, and
// the server neither counts nor times it. Or leaves the socket and returns a refusal, which the server sends.
using UpgradeHandler = std::function<std::optional<HttpResponse>(UpgradeRequest& upgrade)>;

struct HttpServerOptions {
  ListenAddress listen{"127.0.0.1", 0};
  int threads = 1;
  std::size_t max_connections = 1024;
  std::size_t max_header_bytes = 16 * 1024;                // beyond: 431
  std::size_t max_body_bytes = 64 * 1024;                  // beyond: 413
  std::int64_t request_timeout_ns = 10 * kNanosPerSecond;  // from a request's first byte to its last
  std::int64_t idle_timeout_ns = 60 * kNanosPerSecond;     // between two requests
  std::int64_t write_timeout_ns = 30 * kNanosPerSecond;    // for each 64 KiB of a response
  std::int64_t stop_timeout_ns = 2 * kNanosPerSecond;      // for responses under way when Stop() is called
};

struct HttpServerStats {
  std::size_t connections = 0;  // open now
  std::uint64_t requests = 0;
  std::uint64_t refused_connections = 0;  // beyond max_connections
  std::uint64_t timeouts = 0;             // connections closed for being too slow; idle ones do not count
  std::uint64_t accept_errors = 0;        // such as running out of file descriptors
};

class HttpServer {
 public:
  explicit HttpServer(HttpServerOptions options);
  ~HttpServer();  // as Stop()
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // `method` in capitals; "GET" answers HEAD too. `path` is exact, or ends in "/*" and means all below it.
  // An exact path wins, then the longest. Unknown paths get 404, and known ones with another method 405.
  void Route(std::string method, std::string path, HttpHandler handler);
  // `path` is exact. A request there that asks for no upgrade to WebSocket gets 426.
  void OnUpgrade(std::string path, UpgradeHandler handler);

  // Listens and returns. Errors: UNAVAILABLE naming address and port ("cannot listen on 127.0.0.1:8080:
  // address already in use"), INVALID_ARGUMENT if the host is not an address of this machine.
  absl::Status Start();

  // The real port, after Start().
  std::uint16_t port() const;

  HttpServerStats stats() const;

  // Stops accepting, closes idle connections, lets responses under way finish within stop_timeout_ns, closes
  // the rest and joins. Not from a handler. Does nothing the second time.
  void Stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace obs
