#include "app/bench/socket_reader.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

namespace obs {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;

void Watch(int epoll_fd, int fd, void* tag) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = tag;
  ::epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

// Masked, as clients must, with a mask of zeros. Control frames have at most 125 bytes.
void SendPong(int fd, std::string_view payload) {
  std::string frame{static_cast<char>(0x8a), static_cast<char>(0x80 | payload.size()), 0, 0, 0, 0};
  frame.append(payload);
  (void)::send(fd, frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

SocketReader::SocketReader()
    : epoll_fd_(::epoll_create1(EPOLL_CLOEXEC)),
      stop_fd_(::eventfd(0, EFD_CLOEXEC)),
      thread_([this] { Run(); }) {
  Watch(epoll_fd_, stop_fd_, nullptr);
}

SocketReader::~SocketReader() {
  const std::uint64_t one = 1;
  (void)!::write(stop_fd_, &one, sizeof one);
  thread_.join();
  MutexLock lock(mutex_);
  for (const auto& connection : connections_) ::close(connection->fd);
  ::close(stop_fd_);
  ::close(epoll_fd_);
}

void SocketReader::Add(int fd, std::string_view received) {
  auto connection = std::make_unique<Connection>(Connection{fd, {}});
  connection->counter.Take(received);
  Connection* const tag = connection.get();
  {
    MutexLock lock(mutex_);
    connections_.push_back(std::move(connection));
  }
  Watch(epoll_fd_, fd, tag);
}

FrameCounts SocketReader::counts() const {
  FrameCounts sum;
  MutexLock lock(mutex_);
  for (const auto& connection : connections_) sum.Add(connection->counter.counts());
  return sum;
}

std::uint64_t SocketReader::lost() const {
  MutexLock lock(mutex_);
  return lost_;
}

void SocketReader::Run() {
  std::vector<char> buffer(kBufferBytes);
  std::array<epoll_event, 128> events;
  for (;;) {
    const int n = ::epoll_wait(epoll_fd_, events.data(), static_cast<int>(events.size()), -1);
    MutexLock lock(mutex_);
    for (int i = 0; i < n; ++i) {
      auto* const connection = static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (connection == nullptr) return;
      if (Read(*connection, buffer)) continue;
      ++lost_;
      ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, connection->fd, nullptr);
    }
  }
}

bool SocketReader::Read(Connection& connection, std::vector<char>& buffer) {
  const ssize_t n = ::recv(connection.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  if (n == 0) return false;
  const std::uint64_t pings = connection.counter.counts().pings;
  connection.counter.Take({buffer.data(), static_cast<std::size_t>(n)});
  if (connection.counter.counts().pings != pings) {
    SendPong(connection.fd, connection.counter.pings);
    connection.counter.pings.clear();
  }
  return connection.counter.counts().closes == 0;
}

}  // namespace obs
