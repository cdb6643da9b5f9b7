#include "app/bench/host_values.h"

#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace obs {
namespace {

constexpr std::uint64_t kSeries = 48;

TEST(HostValuesTest, TotalsNeverFall) {
  HostValues values(kSeries);
  std::vector<double> last(kSeries, 0);
  for (int second = 0; second < 1000; ++second) {
    for (std::uint64_t i = 0; i < kSeries; ++i) {
      const double value = values.Next(i);
      if (HostValues::KindOf(i) == MetricKind::kCounter) {
        EXPECT_GE(value, last[i]) << HostValues::NameOf(i);
      }
      last[i] = value;
    }
  }
}

TEST(HostValuesTest, SomeSeriesStayAndSomeMove) {
  HostValues values(kSeries);
  int moving = 0;
  for (std::uint64_t i = 0; i < kSeries; ++i) {
    std::set<double> seen;
    for (int second = 0; second < 100; ++second) seen.insert(values.Next(i));
    if (seen.size() > 1) ++moving;
  }
  EXPECT_GT(moving, static_cast<int>(kSeries / 2));
  EXPECT_LT(moving, static_cast<int>(kSeries));
}

TEST(HostValuesTest, KindFollowsFromTheName) {
  for (std::uint64_t i = 0; i < kSeries; ++i) {
    EXPECT_EQ(HostValues::KindOf(i) == MetricKind::kCounter, HostValues::NameOf(i).ends_with("_total"));
  }
}

TEST(HostValuesTest, TheSameEachRun) {
  HostValues a(kSeries), b(kSeries);
  for (std::uint64_t i = 0; i < kSeries; ++i) EXPECT_EQ(a.Next(i), b.Next(i));
  EXPECT_EQ(a.NextDurations(), b.NextDurations());
}

TEST(HostValuesTest, DurationsAreAroundAMedian) {
  HostValues values(0);
  Sketch all;
  for (int second = 0; second < 100; ++second) all.Merge(values.NextDurations());
  EXPECT_GT(all.count(), 500u);
  EXPECT_NEAR(all.Quantile(0.5), 0.02, 0.003);
}

}  // namespace
}  // namespace obs
