#ifdef __linux__

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

struct SignalWaiter::State {
  sigset_t mask_before;
  struct sigaction pipe_before;
  int signal_fd;
  int wake_fd;
};

SignalWaiter::SignalWaiter() : state_(new State) {
  const sigset_t set = Waited();
  pthread_sigmask(SIG_BLOCK, &set, &state_->mask_before);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &state_->pipe_before);
  state_->signal_fd = MustOpen(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd");
  state_->wake_fd = MustOpen(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
}

SignalWaiter::~SignalWaiter() {
  ::close(state_->signal_fd);
  ::close(state_->wake_fd);
  sigaction(SIGPIPE, &state_->pipe_before, nullptr);
  pthread_sigmask(SIG_SETMASK, &state_->mask_before, nullptr);
}

std::optional<int> SignalWaiter::Wait(std::optional<std::int64_t> timeout_ns) {
  const Clock& clock = Clock::System();
  const std::int64_t deadline = timeout_ns ? clock.MonotonicNanos() + *timeout_ns : 0;
  pollfd fds[] = {{state_->signal_fd, POLLIN, 0}, {state_->wake_fd, POLLIN, 0}};
  while (true) {
    signalfd_siginfo info;
    if (::read(state_->signal_fd, &info, sizeof(info)) == sizeof(info))
      return static_cast<int>(info.ssi_signo);
    std::uint64_t woken;
    if (::read(state_->wake_fd, &woken, sizeof(woken)) == sizeof(woken)) return 0;

    const timespec left = TimespecOf(std::max<std::int64_t>(0, deadline - clock.MonotonicNanos()));
    const int ready = ::ppoll(fds, 2, timeout_ns ? &left : nullptr, nullptr);
    if (ready == 0) return std::nullopt;
  }
}

void SignalWaiter::Wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(state_->wake_fd, &one, sizeof(one));
}

}  // namespace obs

#endif  // __linux__
