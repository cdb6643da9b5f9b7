// A blocking TCP connection, for where a library's would cost the machine more than the server that is
// measured.
//
// Thread safety: one thread at a time; Send() beside Receive().
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "http/url.h"

namespace obs {

class TcpConnection {
 public:
  // A call that takes longer than `timeout_ns` fails. Errors: UNAVAILABLE, naming host and port.
  static absl::StatusOr<TcpConnection> Connect(const Url& url,
                                               std::int64_t timeout_ns = 10 * kNanosPerSecond);
  ~TcpConnection();
  TcpConnection(TcpConnection&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), peer_(std::move(other.peer_)) {}
  TcpConnection& operator=(TcpConnection&&) = delete;

  // All of it. Errors: UNAVAILABLE.
  absl::Status Send(std::string_view bytes);

  // At least a byte, or 0 at the end. Errors: UNAVAILABLE; DEADLINE_EXCEEDED if nothing came.
  absl::StatusOr<std::size_t> Receive(std::span<char> buffer);

  int fd() const { return fd_; }
  // The caller closes it.
  int Take() { return std::exchange(fd_, -1); }
  // "localhost:8080".
  const std::string& peer() const { return peer_; }

 private:
  TcpConnection(int fd, std::string peer) : fd_(fd), peer_(std::move(peer)) {}

  absl::Status Failed(std::string_view what) const;

  int fd_;
  std::string peer_;
};

}  // namespace obs
