#ifdef __APPLE__

#include <pthread.h>
#include <signal.h>
#include <sys/event.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/clock.h"
#include "base/signals.h"

namespace obs {
namespace {

constexpr std::array<int, 3> kWaited{SIGINT, SIGTERM, SIGHUP};
constexpr uintptr_t kWake = 1;  // of EVFILT_USER

struct kevent Event(uintptr_t ident, int16_t filter, uint16_t flags, uint32_t filter_flags) {
  return {ident, filter, flags, filter_flags, 0, nullptr};
}

// A queue reports a signal, and leaves it pending.
void TakePending(int signal) {
  sigset_t pending;
  sigpending(&pending);
  if (sigismember(&pending, signal) == 0) return;
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  int taken = 0;
  sigwait(&one, &taken);
}

}  // namespace

struct SignalWaiter::State {
  sigset_t mask_before;
  struct sigaction pipe_before;
  int queue;
};

SignalWaiter::SignalWaiter() : state_(new State) {
  state_->queue = kqueue();
  if (state_->queue < 0) {  // cannot run out but at start, where there is nothing to go on with
    std::perror("kqueue");
    std::abort();
  }
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : kWaited) {
    sigaddset(&set, signal);
    const struct kevent change = Event(static_cast<uintptr_t>(signal), EVFILT_SIGNAL, EV_ADD, 0);
    kevent(state_->queue, &change, 1, nullptr, 0, nullptr);
  }
  const struct kevent wake = Event(kWake, EVFILT_USER, EV_ADD | EV_CLEAR, 0);
  kevent(state_->queue, &wake, 1, nullptr, 0, nullptr);
  pthread_sigmask(SIG_BLOCK, &set, &state_->mask_before);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &state_->pipe_before);
}

SignalWaiter::~SignalWaiter() {
  ::close(state_->queue);
  sigaction(SIGPIPE, &state_->pipe_before, nullptr);
  pthread_sigmask(SIG_SETMASK, &state_->mask_before, nullptr);
}

std::optional<int> SignalWaiter::Wait(std::optional<std::int64_t> timeout_ns) {
  const Clock& clock = Clock::System();
  const std::int64_t deadline = timeout_ns ? clock.MonotonicNanos() + *timeout_ns : 0;
  while (true) {
    const std::int64_t left = std::max<std::int64_t>(0, deadline - clock.MonotonicNanos());
    const timespec timeout{static_cast<time_t>(left / kNanosPerSecond),
                           static_cast<long>(left % kNanosPerSecond)};
    struct kevent event {};
    const int count = kevent(state_->queue, nullptr, 0, &event, 1, timeout_ns ? &timeout : nullptr);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    if (event.filter == EVFILT_USER) return 0;
    const int signal = static_cast<int>(event.ident);
    TakePending(signal);
    return signal;
  }
}

void SignalWaiter::Wake() {
  const struct kevent trigger = Event(kWake, EVFILT_USER, 0, NOTE_TRIGGER);
  kevent(state_->queue, &trigger, 1, nullptr, 0, nullptr);
}

}  // namespace obs

#endif  // __APPLE__
