// The hand-over of a connection that asked to become a WebSocket.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/beast/http/message.hpp"
#include "boost/beast/http/string_body.hpp"
#include "http/message.h"

namespace obs {

struct UpgradeRequest {
  boost::asio::ip::tcp::socket socket;  // of the server's io_context, nothing pending on it
  HttpRequest request;
  // The same as Beast parsed it, for websocket::stream::async_accept().
  boost::beast::http::request<boost::beast::http::string_body> handshake;
  // What the peer sent behind the request. A well-behaved one sends nothing before it has our answer.
  std::string leftover;
};

// Moves a socket on which nothing is pending to another io_context. Errors: what the system said.
absl::StatusOr<boost::asio::ip::tcp::socket> MoveSocket(boost::asio::ip::tcp::socket socket,
                                                        const boost::asio::any_io_executor& executor);

}  // namespace obs
