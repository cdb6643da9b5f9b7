#include "app/output_pipe.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "fmt/format.h"

namespace obs {
namespace {

constexpr int kAskIntervalMs = 50;
// A pipe that is writable takes at least this without blocking (PIPE_BUF).
constexpr std::size_t kChunkBytes = 4096;

}  // namespace

absl::Status OutputPipe::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    pollfd wait{fd_, POLLOUT, 0};
    const int ready = ::poll(&wait, 1, kAskIntervalMs);
    if (ready > 0 && (wait.revents & (POLLERR | POLLNVAL)) != 0)
      return absl::AbortedError("the reader is gone");
    if (ready <= 0) {
      if (interrupted_()) return absl::CancelledError("interrupted");
      continue;
    }
    const ssize_t written = ::write(fd_, bytes.data(), std::min(bytes.size(), kChunkBytes));
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE || errno == EBADF) {
      return absl::AbortedError("the reader is gone");
    } else if (errno != EAGAIN && errno != EINTR) {
      return absl::DataLossError(fmt::format("cannot write: {}", std::strerror(errno)));
    }
  }
  return absl::OkStatus();
}

bool OutputPipe::ReaderIsGone() const {
  const int flags = ::fcntl(fd_, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) return true;  // closed, or held since it was
  pollfd wait{fd_, 0, 0};
  return ::poll(&wait, 1, 0) > 0 && (wait.revents & (POLLERR | POLLNVAL)) != 0;
}

}  // namespace obs
