#include "base/thread_slice.h"

#include <sys/resource.h>

#include <thread>

#include "base/clock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

TEST(ThreadSliceTest, AShortSliceLeavesTheThreadsNiceValueAlone) {
  int before = -1;
  int after = -2;
  std::thread([&] {
    before = ::getpriority(PRIO_PROCESS, 0);
    RequestShortSlice(kNanosPerMilli);
    after = ::getpriority(PRIO_PROCESS, 0);
  }).join();
  EXPECT_EQ(after, before);
}

}  // namespace
}  // namespace obs
