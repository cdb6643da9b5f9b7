#include "http/server.h"

#include <cctype>
#include <chrono>
#include <future>
#include <thread>
#include <utility>
#include <vector>

#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/ip/v6_only.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/strand.hpp"
#include "fmt/format.h"
#include "http/connection.h"
#include "http/upgrade.h"
#include "spdlog/spdlog.h"

namespace obs {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Connections beyond the limit that may at once wait for their 503; those beyond this are closed without a
// word.
constexpr std::size_t kMaxRefusing = 64;
constexpr std::chrono::milliseconds kAcceptBackOff(50);

std::string Lowered(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

absl::Status CannotListen(const ListenAddress& address, const error_code& error) {
  return absl::UnavailableError(
      fmt::format("cannot listen on {}: {}", address.ToString(), Lowered(error.message())));
}

absl::StatusOr<tcp::endpoint> EndpointOf(const ListenAddress& listen) {
  error_code error;
  const auto address = asio::ip::make_address(listen.host == "localhost" ? "127.0.0.1" : listen.host, error);
  if (error) {
    return absl::InvalidArgumentError(
        fmt::format("cannot listen on {}: \"{}\" is not an IP address", listen.ToString(), listen.host));
  }
  return tcp::endpoint(address, listen.port);
}

}  // namespace

class HttpServer::Impl {
 public:
  explicit Impl(HttpServerOptions options)
      : acceptor_(asio::make_strand(context_)), back_off_(acceptor_.get_executor()) {
    state_.options = std::move(options);
  }

  absl::Status Start() {
    auto endpoint = EndpointOf(state_.options.listen);
    if (!endpoint.ok()) return endpoint.status();
    error_code error;
    acceptor_.open(endpoint->protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error && endpoint->address().is_v6()) acceptor_.set_option(asio::ip::v6_only(false), error);
    if (!error) acceptor_.bind(*endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (error) {
      error_code ignored;
      acceptor_.close(ignored);
      return CannotListen(state_.options.listen, error);
    }
    Accept();
    for (int i = 0; i < std::max(1, state_.options.threads); ++i) {
      threads_.emplace_back([this] { context_.run(); });
    }
    return absl::OkStatus();
  }

  void Stop() {
    if (threads_.empty()) return;
    std::promise<void> closed;
    asio::post(acceptor_.get_executor(), [this, &closed] {
      stopping_ = true;
      error_code ignored;
      acceptor_.close(ignored);
      back_off_.cancel();
      closed.set_value();
    });
    closed.get_future().wait();  // so that no connection comes after those that All() gives
    for (const auto& connection : state_.connections.All()) connection->Stop();
    state_.connections.WaitUntilEmpty(std::chrono::nanoseconds(state_.options.stop_timeout_ns));
    for (const auto& connection : state_.connections.All()) connection->Close();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  Router& router() { return state_.router; }
  std::uint16_t port() const { return port_; }

  HttpServerStats stats() const {
    return {state_.connections.Count(ConnectionSet::Kind::kServed), state_.requests,
            state_.refused_connections, state_.timeouts, state_.accept_errors};
  }

 private:
  void Accept() {
    acceptor_.async_accept(asio::any_io_executor(asio::make_strand(context_)),
                           [this](error_code error, tcp::socket socket) {
                             if (stopping_) return;
                             if (!error) {
                               OnConnection(std::move(socket));
                             } else if (error != asio::error::connection_aborted) {
                               return BackOff(error);
                             }
                             Accept();
                           });
  }

  void OnConnection(tcp::socket socket) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    using Kind = ConnectionSet::Kind;
    if (state_.connections.Count(Kind::kServed) < state_.options.max_connections) {
      const auto connection = std::make_shared<Connection>(state_, std::move(socket));
      state_.connections.Add(connection, Kind::kServed);
      return connection->Serve();
    }
    ++state_.refused_connections;
    if (state_.connections.Count(Kind::kRefused) >= kMaxRefusing) return;
    const auto connection = std::make_shared<Connection>(state_, std::move(socket));
    state_.connections.Add(connection, Kind::kRefused);
    connection->Refuse();
  }

  // Out of descriptors or memory: accepting again at once would spin until there are some.
  void BackOff(const error_code& error) {
    if (++state_.accept_errors == 1) {
      spdlog::warn("cannot accept connections on port {}: {}; will keep trying", port_,
                   Lowered(error.message()));
    }
    back_off_.expires_after(kAcceptBackOff);
    back_off_.async_wait([this](error_code) {
      if (!stopping_) Accept();
    });
  }

  ServerState state_;  // outlives the connections that context_ holds
  asio::io_context context_;
  tcp::acceptor acceptor_;  // on a strand of its own, as are the two below
  asio::steady_timer back_off_;
  bool stopping_ = false;
  std::uint16_t port_ = 0;
  std::vector<std::thread> threads_;
};

HttpServer::HttpServer(HttpServerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
HttpServer::~HttpServer() {
  Stop();
}

void HttpServer::Route(std::string method, std::string path, HttpHandler handler) {
  impl_->router().Add(std::move(method), std::move(path), std::move(handler));
}

void HttpServer::OnUpgrade(std::string path, UpgradeHandler handler) {
  impl_->router().AddUpgrade(std::move(path), std::move(handler));
}

absl::Status HttpServer::Start() {
  return impl_->Start();
}
std::uint16_t HttpServer::port() const {
  return impl_->port();
}
HttpServerStats HttpServer::stats() const {
  return impl_->stats();
}
void HttpServer::Stop() {
  impl_->Stop();
}

}  // namespace obs
