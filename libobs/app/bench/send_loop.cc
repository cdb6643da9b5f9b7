#include "app/bench/send_loop.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "app/bench/socket_reader.h"
#include "app/bench/waiting.h"
#include "base/clock.h"
#include "fmt/format.h"
#include "wire/websocket_frame.h"

namespace obs {
namespace {

// Owns the sending ends.
class Connections {
 public:
  ~Connections() {
    for (const int fd : fds_) ::close(fd);
    if (listener_ >= 0) ::close(listener_);
  }

  // The reading ends go to `reader`.
  absl::Status Open(int count, SocketReader& reader) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener_ < 0 || ::bind(listener_, generic, size) != 0 || ::listen(listener_, 1) != 0 ||
        ::getsockname(listener_, generic, &size) != 0) {
      return Failed();
    }
    for (int i = 0; i < count; ++i) {
      const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      if (client < 0) return Failed();
      if (::connect(client, generic, size) != 0) {
        ::close(client);
        return Failed();
      }
      reader.Add(client, "");
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return Failed();
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      fds_.push_back(fd);
    }
    return absl::OkStatus();
  }

  const std::vector<int>& fds() const { return fds_; }

 private:
  static absl::Status Failed() {
    return absl::ResourceExhaustedError(
        fmt::format("cannot open enough connections for the loop of send(): {}", std::strerror(errno)));
  }

  int listener_ = -1;
  std::vector<int> fds_;
};

std::string FrameOf(std::uint64_t bytes) {
  const std::string payload(bytes, ' ');
  std::string frame;
  AppendWebSocketHeader(frame, WebSocketOpcode::kText, payload.size());
  return frame + payload;
}

double ThreadCpuNanos() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * kNanosPerSecond + static_cast<double>(time.tv_nsec);
}

}  // namespace

absl::StatusOr<SendLoopResult> RunSendLoop(int connections, std::uint64_t frame_bytes,
                                           std::int64_t duration_ns, const BenchSetup& setup) {
  Connections ends;  // outlives the reader, whose ends are closed first
  SocketReader reader;
  if (absl::Status status = ends.Open(connections, reader); !status.ok()) return status;
  const std::string frame = FrameOf(frame_bytes);

  std::atomic<bool> stop = false;
  std::uint64_t sends = 0;
  double cpu_ns = 0;
  const Clock& clock = Clock::System();
  const std::int64_t start_ns = clock.MonotonicNanos();
  std::thread sender([&] {
    const double cpu_before = ThreadCpuNanos();
    while (!stop.load(std::memory_order_relaxed)) {
      for (const int fd : ends.fds()) {
        if (::send(fd, frame.data(), frame.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(frame.size()))
          ++sends;
      }
    }
    cpu_ns = ThreadCpuNanos() - cpu_before;
  });
  const absl::Status waited = WaitFor(duration_ns, setup, [](double) { return true; });
  stop = true;
  sender.join();
  if (!waited.ok()) return waited;
  const auto seconds = static_cast<double>(clock.MonotonicNanos() - start_ns) / kNanosPerSecond;
  return SendLoopResult{static_cast<double>(sends) / seconds, cpu_ns / static_cast<double>(sends)};
}

}  // namespace obs
