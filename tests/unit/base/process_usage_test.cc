#include "base/process_usage.h"

#include <unistd.h>

#include <limits>

#include "base/clock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

TEST(ProcessUsageTest, OwnUsageSeenFromOutsideIsMuchTheSame) {
  // Some CPU, since it comes in ticks of 10 ms.
  const std::int64_t start_ns = Clock::System().MonotonicNanos();
  while (MeasureProcessUsage().cpu_seconds < 0.05 &&
         Clock::System().MonotonicNanos() - start_ns < 20 * kNanosPerSecond) {
  }
  const auto outside = MeasureProcessUsage(getpid());
  const ProcessUsage inside = MeasureProcessUsage();
  ASSERT_TRUE(outside.has_value());
  EXPECT_GT(outside->cpu_seconds, 0.02);
  EXPECT_LT(outside->cpu_seconds, inside.cpu_seconds + 0.03);
  EXPECT_GT(outside->resident_bytes, inside.resident_bytes / 2);
  EXPECT_LT(outside->resident_bytes, inside.resident_bytes * 2);
}

TEST(ProcessUsageTest, NoSuchProcessHasNone) {
  EXPECT_FALSE(MeasureProcessUsage(std::numeric_limits<pid_t>::max()).has_value());
}

}  // namespace
}  // namespace obs
