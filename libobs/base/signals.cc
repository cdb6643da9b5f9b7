#include "base/signals.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/clock.h"

namespace obs {
namespace {

// Descriptors for this cannot run out but at start, where there is nothing to go on with.
int MustOpen(int fd, const char* what) {
  if (fd >= 0) return fd;
  std::perror(what);
  std::abort();
}

sigset_t Waited() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

timespec TimespecOf(std::int64_t nanos) {
  return {static_cast<time_t>(nanos / kNanosPerSecond), static_cast<long>(nanos % kNanosPerSecond)};
}

}  // namespace

struct SignalWaiter::Saved {
  sigset_t mask;
  struct sigaction pipe;
};

SignalWaiter::SignalWaiter() : saved_(new Saved) {
  const sigset_t set = Waited();
  pthread_sigmask(SIG_BLOCK, &set, &saved_->mask);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &saved_->pipe);
  signal_fd_ = MustOpen(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd");
  wake_fd_ = MustOpen(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
}

SignalWaiter::~SignalWaiter() {
  ::close(signal_fd_);
  ::close(wake_fd_);
  sigaction(SIGPIPE, &saved_->pipe, nullptr);
  pthread_sigmask(SIG_SETMASK, &saved_->mask, nullptr);
  delete saved_;
}

std::optional<int> SignalWaiter::Wait(std::optional<std::int64_t> timeout_ns) {
  const Clock& clock = Clock::System();
  const std::int64_t deadline = timeout_ns ? clock.MonotonicNanos() + *timeout_ns : 0;
  pollfd fds[] = {{signal_fd_, POLLIN, 0}, {wake_fd_, POLLIN, 0}};
  while (true) {
    signalfd_siginfo info;
    if (::read(signal_fd_, &info, sizeof(info)) == sizeof(info)) return static_cast<int>(info.ssi_signo);
    std::uint64_t woken;
    if (::read(wake_fd_, &woken, sizeof(woken)) == sizeof(woken)) return 0;

    const timespec left = TimespecOf(std::max<std::int64_t>(0, deadline - clock.MonotonicNanos()));
    const int ready = ::ppoll(fds, 2, timeout_ns ? &left : nullptr, nullptr);
    if (ready == 0) return std::nullopt;
  }
}

void SignalWaiter::Wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_fd_, &one, sizeof(one));
}

}  // namespace obs
