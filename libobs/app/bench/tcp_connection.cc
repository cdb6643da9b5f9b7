#include "app/bench/tcp_connection.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "fmt/format.h"

namespace obs {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

void SetTimeout(int fd, std::int64_t timeout_ns) {
  const timeval timeout{timeout_ns / kNanosPerSecond, timeout_ns % kNanosPerSecond / kNanosPerMicro};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);  // connect() too
}

}  // namespace

absl::StatusOr<TcpConnection> TcpConnection::Connect(const Url& url, std::int64_t timeout_ns) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(url.host.c_str(), fmt::format("{}", url.port).c_str(), &hints, &found);
  if (error != 0) {
    return absl::UnavailableError(fmt::format("cannot resolve {}: {}", url.host, ::gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
  TcpConnection connection(-1, url.HostAndPort());
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    if (connection.fd_ >= 0) ::close(connection.fd_);
    connection.fd_ = ::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection.fd_ < 0) continue;
    SetTimeout(connection.fd_, timeout_ns);
    const int on = 1;
    ::setsockopt(connection.fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(connection.fd_, address->ai_addr, address->ai_addrlen) == 0) return connection;
  }
  return connection.Failed("cannot connect to");
}

TcpConnection::~TcpConnection() {
  if (fd_ >= 0) ::close(fd_);
}

absl::Status TcpConnection::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failed("cannot send to");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::size_t> TcpConnection::Receive(std::span<char> buffer) {
  for (;;) {
    const ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EAGAIN) return absl::DeadlineExceededError(fmt::format("no answer from {}", peer_));
    if (errno != EINTR) return Failed("no answer from");
  }
}

absl::Status TcpConnection::Failed(std::string_view what) const {
  return absl::UnavailableError(fmt::format("{} {}: {}", what, peer_, std::strerror(errno)));
}

}  // namespace obs
