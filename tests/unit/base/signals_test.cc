#include "base/signals.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "base/clock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

TEST(SignalWaiterTest, ReturnsEachSignalThatCame) {
  SignalWaiter waiter;
  for (const int signal : {SIGTERM, SIGHUP, SIGINT}) {
    ::raise(signal);  // to this thread, which has it blocked
    EXPECT_EQ(waiter.Wait(), signal);
  }
}

TEST(SignalWaiterTest, WaitUnderWayIsWokenByAnotherThread) {
  SignalWaiter waiter;
  std::thread waker([&] { waiter.Wake(); });
  EXPECT_EQ(waiter.Wait(), 0);
  waker.join();
}

TEST(SignalWaiterTest, WakeBeforeWaitIsNotLostAndCountsOnce) {
  SignalWaiter waiter;
  waiter.Wake();
  waiter.Wake();
  EXPECT_EQ(waiter.Wait(), 0);
  EXPECT_EQ(waiter.Wait(0), std::nullopt);
}

TEST(SignalWaiterTest, TimeoutRunsOut) {
  SignalWaiter waiter;
  EXPECT_EQ(waiter.Wait(kNanosPerMilli), std::nullopt);
}

TEST(SignalWaiterTest, ClosedPipeIsAnErrorAndNoEnd) {
  const SignalWaiter waiter;
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  ::close(pipe[0]);
  EXPECT_EQ(::write(pipe[1], "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
  ::close(pipe[1]);
}

TEST(SignalWaiterTest, LeavesSignalsAsTheyWere) {
  sigset_t before, after;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  { const SignalWaiter waiter; }
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  EXPECT_EQ(sigismember(&before, SIGTERM), sigismember(&after, SIGTERM));
  EXPECT_EQ(sigismember(&after, SIGTERM), 0);
}

}  // namespace
}  // namespace obs
