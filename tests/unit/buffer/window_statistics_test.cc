#include "buffer/window_statistics.h"

#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

HistogramState Describe(const Distribution& window) {
  HistogramState state;
  state.buckets = {{1, 1}};  // of an earlier use
  DescribeWindow(window, &state);
  return state;
}

TEST(WindowStatisticsTest, AnEmptyWindowHasNothing) {
  EXPECT_EQ(Describe(Sketch()).window_count, 0u);
  EXPECT_THAT(Describe(Sketch()).buckets, IsEmpty());
}

TEST(WindowStatisticsTest, QuantilesOfASketchAreItsOwn) {
  Sketch sketch;
  for (int i = 1; i <= 1000; ++i) sketch.Insert(i);
  const HistogramState state = Describe(sketch);
  EXPECT_EQ(state.window_count, 1000u);
  EXPECT_EQ(state.p50, sketch.Quantile(0.5));
  EXPECT_EQ(state.p90, sketch.Quantile(0.9));
  EXPECT_EQ(state.p95, sketch.Quantile(0.95));
  EXPECT_EQ(state.p99, sketch.Quantile(0.99));
  EXPECT_EQ(state.p999, sketch.Quantile(0.999));
  EXPECT_EQ(state.min, 1);
  EXPECT_EQ(state.max, 1000);
}

TEST(WindowStatisticsTest, QuantilesOfWideBucketsAreInterpolated) {
  Sketch sketch(0);
  for (int i = -100; i <= 1000; ++i) sketch.Insert(i);
  const HistogramState state = Describe(sketch);
  EXPECT_NEAR(state.p50, 450, 10);
  EXPECT_NEAR(state.p95, 945, 10);
  EXPECT_LE(state.p999, 1000);
}

TEST(WindowStatisticsTest, InterpolatedQuantilesOfOneValueAreThatValue) {
  Sketch sketch(-2);
  sketch.Insert(-7, 3);
  const HistogramState state = Describe(sketch);
  EXPECT_EQ(state.p50, -7);
  EXPECT_EQ(state.p999, -7);
}

TEST(WindowStatisticsTest, ExplicitBucketsAreListedWithTheirBoundsAndWhereTheyBegin) {
  const HistogramState state =
      Describe(*ExplicitHistogram::Create({1, 2, 4, 8, 16}, {2, 0, 0, 2, 0, 1}, std::nullopt));
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(state.buckets,
              ElementsAre(Pair(1, 2), Pair(4, 0), Pair(8, 2), Pair(16, 0), Pair(kInfinity, 1)));
  EXPECT_EQ(state.max, 16);
  EXPECT_EQ(state.scale, std::nullopt);
}

}  // namespace
}  // namespace obs
