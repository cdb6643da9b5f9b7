#include "buffer/counter_baselines.h"

#include <optional>

#include "gtest/gtest.h"

namespace obs {
namespace {

TEST(CounterBaselinesTest, FirstTotalOfABaselineCountsInFull) {
  CounterBaselines baselines;
  EXPECT_EQ(baselines.Apply(0, 1, 100, 50, 0), 50);
}

TEST(CounterBaselinesTest, LaterTotalsCountByTheirGrowth) {
  CounterBaselines baselines;
  double value = *baselines.Apply(0, 1, 100, 50, 0);
  value = *baselines.Apply(value, 1, 101, 70, 0);
  EXPECT_EQ(value, 70);
  EXPECT_EQ(baselines.Apply(value, 1, 101, 70, 0), 70) << "the same total again changes nothing";
}

TEST(CounterBaselinesTest, AFallIsARestartFromZero) {
  CounterBaselines baselines;
  double value = *baselines.Apply(0, 1, 100, 50, 0);
  value = *baselines.Apply(value, 1, 101, 3, 0);
  EXPECT_EQ(value, 53);
  EXPECT_EQ(baselines.Apply(value, 1, 102, 5, 0), 55);
}

TEST(CounterBaselinesTest, AnOlderTotalIsStaleAndNoRestart) {
  CounterBaselines baselines;
  const double value = *baselines.Apply(0, 1, 100, 50, 0);
  EXPECT_EQ(baselines.Apply(value, 1, 99, 40, 0), std::nullopt);
  EXPECT_EQ(baselines.Apply(value, 1, 100, 51, 0), 51);
}

TEST(CounterBaselinesTest, TotalsOfTwoProducersAddUp) {
  CounterBaselines baselines;
  double value = *baselines.Apply(0, 1, 100, 50, 0);
  value = *baselines.Apply(value, 2, 100, 10, 0);
  value = *baselines.Apply(value, 1, 101, 51, 0);
  value = *baselines.Apply(value, 2, 101, 12, 0);
  EXPECT_EQ(value, 63);
}

TEST(CounterBaselinesTest, TheValueOfOneProducerIsItsTotalToTheLastBit) {
  CounterBaselines baselines;
  double value = 0;
  for (int i = 1; i <= 1000; ++i) {
    const double total = i * 0.1;
    value = *baselines.Apply(value, 1, i, total, 0);
    ASSERT_EQ(value, total);
  }
}

TEST(CounterBaselinesTest, IdleBaselinesMakeRoomForNewOnes) {
  CounterBaselines baselines;
  baselines.Apply(0, 1, 1, 1, 0);
  baselines.Apply(0, 2, 1, 1, CounterBaselines::kIdleNs);
  EXPECT_EQ(baselines.size(), 2u);
  baselines.Apply(0, 3, 1, 1, CounterBaselines::kIdleNs + 1);
  EXPECT_EQ(baselines.size(), 2u);
  EXPECT_EQ(baselines.Apply(10, 2, 2, 5, CounterBaselines::kIdleNs + 1), 14) << "was used within the hour";
}

}  // namespace
}  // namespace obs
