#include "http/upgrade.h"

#include <unistd.h>

#include <utility>

#include "fmt/format.h"

namespace obs {

absl::StatusOr<boost::asio::ip::tcp::socket> MoveSocket(boost::asio::ip::tcp::socket socket,
                                                        const boost::asio::any_io_executor& executor) {
  boost::system::error_code error;
  const auto peer = socket.remote_endpoint(error);
  if (error) return absl::UnavailableError(fmt::format("the peer is gone: {}", error.message()));
  const int descriptor = socket.release(error);
  if (error) return absl::InternalError(fmt::format("cannot move the connection: {}", error.message()));
  boost::asio::ip::tcp::socket moved(executor);
  moved.assign(peer.protocol(), descriptor, error);
  if (error) {
    ::close(descriptor);
    return absl::InternalError(fmt::format("cannot move the connection: {}", error.message()));
  }
  return moved;
}

}  // namespace obs
