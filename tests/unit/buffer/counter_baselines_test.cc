#include "buffer/counter_baselines.h"

#include <optional>

#include "gtest/gtest.h"

namespace obs {
namespace {

// Unix time, later than all timestamps.
constexpr std::int64_t kNow = 1'000'000;

TEST(CounterBaselinesTest, FirstTotalOfABaselineCountsInFull) {
  CounterBaselines baselines;
  EXPECT_EQ(baselines.Apply(0, 1, 100, 50, kNow, 0), 50);
}

TEST(CounterBaselinesTest, LaterTotalsCountByTheirGrowth) {
  CounterBaselines baselines;
  double value = *baselines.Apply(0, 1, 100, 50, kNow, 0);
  value = *baselines.Apply(value, 1, 101, 70, kNow, 0);
  EXPECT_EQ(value, 70);
  EXPECT_EQ(baselines.Apply(value, 1, 101, 70, kNow, 0), 70) << "the same total again changes nothing";
}

TEST(CounterBaselinesTest, AFallIsARestartFromZero) {
  CounterBaselines baselines;
  double value = *baselines.Apply(0, 1, 100, 50, kNow, 0);
  value = *baselines.Apply(value, 1, 101, 3, kNow, 0);
  EXPECT_EQ(value, 53);
  EXPECT_EQ(baselines.Apply(value, 1, 102, 5, kNow, 0), 55);
}

TEST(CounterBaselinesTest, AnOlderTotalIsStaleAndNoRestart) {
  CounterBaselines baselines;
  const double value = *baselines.Apply(0, 1, 100, 50, kNow, 0);
  EXPECT_EQ(baselines.Apply(value, 1, 99, 40, kNow, 0), std::nullopt);
  EXPECT_EQ(baselines.Apply(value, 1, 100, 51, kNow, 0), 51);
}

TEST(CounterBaselinesTest, TotalsOfTwoProducersAddUp) {
  CounterBaselines baselines;
  double value = *baselines.Apply(0, 1, 100, 50, kNow, 0);
  value = *baselines.Apply(value, 2, 100, 10, kNow, 0);
  value = *baselines.Apply(value, 1, 101, 51, kNow, 0);
  value = *baselines.Apply(value, 2, 101, 12, kNow, 0);
  EXPECT_EQ(value, 63);
}

TEST(CounterBaselinesTest, TheValueOfOneProducerIsItsTotalToTheLastBit) {
  CounterBaselines baselines;
  double value = 0;
  for (int i = 1; i <= 1000; ++i) {
    const double total = i * 0.1;
    value = *baselines.Apply(value, 1, i, total, kNow, 0);
    ASSERT_EQ(value, total);
  }
}

TEST(CounterBaselinesTest, IdleBaselinesMakeRoomForNewOnes) {
  CounterBaselines baselines;
  baselines.Apply(0, 1, 1, 1, kNow, 0);
  baselines.Apply(0, 2, 1, 1, kNow, CounterBaselines::kIdleNs);
  EXPECT_EQ(baselines.size(), 2u);
  baselines.Apply(0, 3, 1, 1, kNow, CounterBaselines::kIdleNs + 1);
  EXPECT_EQ(baselines.size(), 2u);
  EXPECT_EQ(baselines.Apply(10, 2, 2, 5, kNow, CounterBaselines::kIdleNs + 1), 14)
      << "was used within the hour";
}

// Who cannot tell old from new by the time tells them by the total.
TEST(CounterBaselinesTest, AfterTheClockWasSetBackTotalsGoOn) {
  CounterBaselines baselines;
  double value = *baselines.Apply(0, 1, 5000, 50, 5000, 0);
  value = *baselines.Apply(value, 1, 1000, 60, 1000, 0);
  EXPECT_EQ(value, 60);
  EXPECT_EQ(baselines.Apply(value, 1, 1001, 55, 1001, 0), std::nullopt) << "may be old";
  EXPECT_EQ(baselines.Apply(value, 1, 5001, 3, 5001, 0), 63) << "began anew";
}

}  // namespace
}  // namespace obs
