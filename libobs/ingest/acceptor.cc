#include "ingest/acceptor.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "fmt/format.h"
#include "spdlog/spdlog.h"

namespace obs {
namespace {

// Out of descriptors: how long until it tries again.
constexpr int kBackOffMillis = 100;

void Set(int fd, int level, int option, int value) {
  ::setsockopt(fd, level, option, &value, sizeof value);
}

void SetFlags(int fd) {
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

std::uint16_t& PortOf(sockaddr& address) {
  return address.sa_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                       : reinterpret_cast<sockaddr_in&>(address).sin_port;
}

// A listening socket, or -1 and errno. `port`: 0: sets it to the one that was picked.
int ListenOn(const addrinfo& address, std::uint16_t* port) {
  const int fd = ::socket(address.ai_family, address.ai_socktype, address.ai_protocol);
  if (fd < 0) return -1;
  SetFlags(fd);
  Set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (address.ai_family == AF_INET6) Set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  PortOf(*address.ai_addr) = htons(*port);
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  auto* const name = reinterpret_cast<sockaddr*>(&bound);
  if (::bind(fd, address.ai_addr, address.ai_addrlen) == 0 && ::listen(fd, SOMAXCONN) == 0 &&
      ::getsockname(fd, name, &size) == 0) {
    *port = ntohs(PortOf(*name));
    return fd;
  }
  const int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

// The machine does not have such addresses.
bool IsNoSuchAddress(int error) {
  return error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
}

// The connection is gone already, or the call was interrupted: others may be waiting.
bool IsOfConnection(int error) {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case EPERM:  // a firewall's word
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENOPROTOOPT:
    case ENONET:
    case EOPNOTSUPP: return true;
    default: return false;
  }
}

bool IsShortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Acceptor>> Acceptor::Listen(const std::string& host, std::uint16_t port) {
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const std::string name = bracketed ? host.substr(1, host.size() - 2) : host;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(name.c_str(), "0", &hints, &found);
  if (failure != 0) return absl::UnavailableError(::gai_strerror(failure));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);

  std::unique_ptr<Acceptor> acceptor(new Acceptor);
  acceptor->port_ = port;
  int why = EADDRNOTAVAIL;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    const int fd = ListenOn(*address, &acceptor->port_);
    if (fd >= 0) {
      acceptor->listeners_.push_back(fd);
    } else if (why = errno; !IsNoSuchAddress(why)) {
      return absl::UnavailableError(std::strerror(why));
    }
  }
  if (acceptor->listeners_.empty()) return absl::UnavailableError(std::strerror(why));
  if (::pipe(acceptor->wake_) != 0) return absl::UnavailableError(std::strerror(errno));
  SetFlags(acceptor->wake_[0]);
  SetFlags(acceptor->wake_[1]);
  return acceptor;
}

Acceptor::~Acceptor() {
  Stop();
  if (wake_[0] >= 0) ::close(wake_[0]);
}

void Acceptor::Start(std::function<void(int)> on_connection) {
  on_connection_ = std::move(on_connection);
  thread_ = std::thread([this] { Run(); });
}

void Acceptor::Stop() {
  if (wake_[1] >= 0) ::close(std::exchange(wake_[1], -1));
  if (thread_.joinable()) thread_.join();
  for (const int fd : std::exchange(listeners_, {})) ::close(fd);
}

void Acceptor::Run() {
  std::vector<pollfd> waiting{{.fd = wake_[0], .events = POLLIN, .revents = 0}};
  for (const int fd : listeners_) waiting.push_back({.fd = fd, .events = POLLIN, .revents = 0});
  while (true) {
    if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
    if (waiting[0].revents != 0) return;
    bool is_short = false;
    for (std::size_t i = 1; i < waiting.size(); ++i) {
      if (waiting[i].revents != 0 && !AcceptAll(waiting[i].fd)) is_short = true;
    }
    if (is_short) ::poll(waiting.data(), 1, kBackOffMillis);
  }
}

bool Acceptor::AcceptAll(int listener) {
  while (true) {
    const int fd = ::accept(listener, nullptr, nullptr);
    if (fd >= 0) {
      SetFlags(fd);
      Set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
      on_connection_(fd);
    } else if (IsShortage(errno)) {
      if (++errors_ == 1) {
        spdlog::warn("cannot accept connections on port {}: {}; will keep trying", port_,
                     std::strerror(errno));
      }
      return false;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return true;
    } else if (!IsOfConnection(errno)) {
      spdlog::error("cannot accept connections on port {}: {}", port_, std::strerror(errno));
      return false;
    }
  }
}

}  // namespace obs
