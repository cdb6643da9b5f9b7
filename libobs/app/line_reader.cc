#include "app/line_reader.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "fmt/format.h"

namespace obs {
namespace {

// What one read() may bring: enough that its cost does not show, little enough to stay in the cache.
constexpr std::size_t kReadBytes = 256 * 1024;
constexpr std::int64_t kNanosInMilli = 1'000'000;

// Rounded up, so that a wait is not over before its time.
int MillisOf(std::int64_t nanos) {
  if (nanos < 0) return -1;
  return static_cast<int>(std::min<std::int64_t>((nanos + kNanosInMilli - 1) / kNanosInMilli, INT_MAX));
}

}  // namespace

LineReader::LineReader(int fd, std::size_t max_line_bytes)
    : fd_(fd), max_line_bytes_(max_line_bytes), buffer_(max_line_bytes + kReadBytes) {
  if (pipe(cancel_fds_) != 0) {  // only at start, where there is nothing to go on with
    std::perror("pipe");
    std::abort();
  }
  for (const int end : cancel_fds_) {
    fcntl(end, F_SETFD, FD_CLOEXEC);
    fcntl(end, F_SETFL, O_NONBLOCK);
  }
}

LineReader::~LineReader() {
  close(cancel_fds_[0]);
  close(cancel_fds_[1]);
}

void LineReader::Cancel() {
  // Where the pipe is full it has been cancelled often enough.
  [[maybe_unused]] const ssize_t written = write(cancel_fds_[1], "", 1);
}

LineReader::Input LineReader::WaitForInput(std::int64_t timeout_nanos) {
  pollfd fds[] = {{cancel_fds_[0], POLLIN, 0}, {fd_, POLLIN, 0}};
  while (poll(fds, 2, MillisOf(timeout_nanos)) < 0) {
    if (errno != EINTR) return Input::kReady;  // Read() will say what is wrong
  }
  if (fds[0].revents != 0) return Input::kCancelled;
  return fds[1].revents != 0 ? Input::kReady : Input::kTimeout;
}

absl::Status LineReader::Read() {
  const std::size_t pending = end_ - begin_;
  if (begin_ > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, pending);
  begin_ = 0;
  end_ = pending;
  ssize_t got = 0;
  do {
    got = read(fd_, buffer_.data() + end_, buffer_.size() - end_);
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    at_end_ = true;
    return absl::UnknownError(fmt::format("cannot read: {}", std::strerror(errno)));
  }
  at_end_ = got == 0;
  end_ += static_cast<std::size_t>(got);
  return absl::OkStatus();
}

std::optional<LineReader::Line> LineReader::Next() {
  while (begin_ < end_) {
    const char* const first = buffer_.data() + begin_;
    const auto* const feed = static_cast<const char*>(std::memchr(first, '\n', end_ - begin_));
    const std::size_t bytes = feed != nullptr ? static_cast<std::size_t>(feed - first) + 1 : end_ - begin_;
    const bool is_whole = feed != nullptr || at_end_;
    if (skipping_) {
      begin_ += bytes;
      skipping_ = !is_whole;
      continue;
    }
    if (bytes > max_line_bytes_) {
      skipping_ = !is_whole;
      return TakeLine(bytes, true);
    }
    if (!is_whole) return std::nullopt;
    return TakeLine(bytes, false);
  }
  return std::nullopt;
}

LineReader::Line LineReader::TakeLine(std::size_t bytes_with_end, bool too_long) {
  std::string_view text(buffer_.data() + begin_, bytes_with_end);
  begin_ += bytes_with_end;
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return {too_long ? text.substr(0, max_line_bytes_) : text, ++lines_, too_long};
}

}  // namespace obs
