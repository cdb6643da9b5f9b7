#include "buffer/histogram_series.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <vector>

#include "buffer/histogram_reader.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::Pair;

constexpr std::int64_t kMilli = 1'000;
constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kStart = 1'750'000'120 * kSecond;
constexpr HistoryTiers kTiers{.fine_us = 100 * kMilli,
                              .fine_span_us = 60 * kSecond,
                              .coarse_us = kSecond,
                              .span_us = 900 * kSecond,
                              .window_us = 10 * kSecond};

// Does what a node does with its histograms.
class HistogramSeriesTest : public ::testing::Test {
 protected:
  void Observe(std::int64_t time_us, const std::vector<double>& values) {
    GoTo(time_us);
    for (const double value : values) series_.Observe(time_us, value);
  }
  void Merge(std::int64_t time_us, const Distribution& distribution) {
    GoTo(time_us);
    series_.Merge(time_us, distribution);
  }
  HistogramState Read() {
    HistogramState state;
    series_.Read(&state);
    return state;
  }
  std::map<std::int64_t, HistogramState> History(std::int64_t since_us = 0, std::int64_t step_us = 0) {
    std::map<std::int64_t, HistogramState> points;
    HistogramReader(series_).ForEach(kTiers, since_us, INT64_MAX, step_us,
                                     [&](std::int64_t time_us, HistogramState& state) {
                                       EXPECT_TRUE(points.emplace(time_us, state).second);
                                     });
    return points;
  }

  HistogramSeries series_;

 private:
  void GoTo(std::int64_t time_us) {
    if (time_us < slot_end_us_) return;
    slot_end_us_ = kTiers.FineSlotEnd(time_us);
    series_.BeginSlot();
    series_.EndWindowAt(kTiers, newest_us_);
    newest_us_ = time_us;
  }
  std::int64_t slot_end_us_ = 0;
  std::int64_t newest_us_ = 0;
};

TEST_F(HistogramSeriesTest, HasNothingAtFirst) {
  EXPECT_EQ(Read().count, 0u);
  EXPECT_EQ(Read().window_count, 0u);
  EXPECT_TRUE(series_.window_empty());
  EXPECT_THAT(History(), IsEmpty());
}

TEST_F(HistogramSeriesTest, TotalsGrowAndTheWindowDescribesWhatIsNew) {
  Observe(kStart, {1, 2, 3, 4});
  const HistogramState state = Read();
  EXPECT_EQ(state.count, 4u);
  EXPECT_EQ(state.sum, 10);
  EXPECT_EQ(state.window_count, 4u);
  EXPECT_EQ(state.min, 1);
  EXPECT_EQ(state.max, 4);
  EXPECT_NEAR(state.p50, 2, 0.02);
  EXPECT_NEAR(state.p99, 4, 0.04);
  EXPECT_EQ(state.buckets.size(), 4u);
}

TEST_F(HistogramSeriesTest, ObservationsLeaveTheWindowAndStayInTheTotals) {
  for (const bool follow : {false, true}) {
    SCOPED_TRACE(follow);
    series_ = HistogramSeries();
    const std::int64_t start_us = kStart + (follow ? 100 * kSecond : 0);
    series_.FollowWindow(follow);
    Observe(start_us, {100});
    Observe(start_us + 5 * kSecond, {1, 2});
    EXPECT_FALSE(series_.EndWindowAt(kTiers, start_us + 10 * kSecond - 1));
    EXPECT_EQ(Read().max, 100);
    EXPECT_TRUE(series_.EndWindowAt(kTiers, start_us + 10 * kSecond));
    EXPECT_EQ(Read().window_count, 2u);
    EXPECT_EQ(Read().max, 2);
    EXPECT_EQ(Read().min, 1);
    EXPECT_EQ(Read().count, 3u);
    EXPECT_TRUE(series_.EndWindowAt(kTiers, start_us + 15 * kSecond));
    EXPECT_EQ(Read().window_count, 0u);
    EXPECT_THAT(Read().buckets, IsEmpty());
    EXPECT_TRUE(series_.window_empty());
    EXPECT_EQ(Read().count, 3u);
    EXPECT_FALSE(series_.EndWindowAt(kTiers, start_us + 99 * kSecond));
  }
}

TEST_F(HistogramSeriesTest, AFollowedWindowEqualsOneMadeFromHistory) {
  std::mt19937 random(1);
  std::lognormal_distribution<double> latency(3, 1);
  series_.FollowWindow(true);
  for (int i = 0; i < 2000; ++i) {
    const std::int64_t now_us = kStart + i * 37 * kMilli;
    if (i % 3 == 0) {
      Sketch sketch(i % 500 == 0 ? 3 : 6);
      for (int k = 0; k < 20; ++k) sketch.Insert(latency(random));
      Merge(now_us, sketch);
    } else {
      Observe(now_us, std::vector<double>(random() % 5, latency(random)));
    }
    series_.EndWindowAt(kTiers, now_us);
    if (i % 97 != 0) continue;
    const HistogramState followed = Read();
    series_.FollowWindow(false);
    const HistogramState made = Read();
    series_.FollowWindow(true);
    ASSERT_EQ(followed.window_count, made.window_count);
    ASSERT_EQ(followed.buckets, made.buckets);
    ASSERT_EQ(followed.min, made.min);
    ASSERT_EQ(followed.max, made.max);
    ASSERT_EQ(followed.p99, made.p99);
  }
}

TEST_F(HistogramSeriesTest, AnotherLayoutStartsAnew) {
  series_.FollowWindow(true);
  Observe(kStart, {1, 2, 3});
  Merge(kStart, *ExplicitHistogram::Create({10, 20}, {1, 2, 3}, 100));
  EXPECT_EQ(Read().count, 6u);
  EXPECT_EQ(Read().sum, 100);
  EXPECT_EQ(History().size(), 1u);
  Merge(kStart + kSecond, *ExplicitHistogram::Create({10, 30}, {1, 1, 1}, 50));
  EXPECT_EQ(Read().count, 3u);
  Merge(kStart + 2 * kSecond, Sketch());
  EXPECT_EQ(Read().count, 0u);
}

TEST_F(HistogramSeriesTest, ARunningTotalAddsWhatItGrewBy) {
  const auto total = [](std::uint64_t count) {
    return *ExplicitHistogram::Create({10}, {count, 0}, static_cast<double>(count));
  };
  constexpr std::int64_t kHour = 3600 * kSecond;
  EXPECT_EQ(total(5), series_.TakeTotal(kStart, total(5), kStart + kHour));
  EXPECT_EQ(0u, series_.TakeTotal(kStart, total(5), kStart + kHour)->count());
  EXPECT_EQ(total(2), series_.TakeTotal(kStart + kSecond, total(7), kStart + kHour));
  EXPECT_EQ(std::nullopt, series_.TakeTotal(kStart, total(5), kStart + kHour));            // an old one
  EXPECT_EQ(total(3), series_.TakeTotal(kStart + 2 * kSecond, total(3), kStart + kHour));  // a restart
  // The clock was set back: what falls may be old, what grows is not.
  EXPECT_EQ(std::nullopt, series_.TakeTotal(kStart, total(2), kStart));
  EXPECT_EQ(total(1), series_.TakeTotal(kStart, total(4), kStart));
}

TEST_F(HistogramSeriesTest, SumsBeyondTheLargestDoubleAreThat) {
  constexpr double kLargest = std::numeric_limits<double>::max();
  for (const double sum : {1.7e308, -1.7e308}) {
    for (int i = 0; i < 2; ++i) Merge(kStart, *ExplicitHistogram::Create({10}, {1, 0}, sum));
    EXPECT_EQ(SumOf(series_.total()), std::copysign(kLargest, sum));
    series_.BeginSlot();
    EXPECT_EQ(SumOf(series_.total()), std::copysign(kLargest, sum));
    series_ = HistogramSeries();
  }
  Merge(kStart, *ExplicitHistogram::Create({10}, {1, 0}, 0));
  Observe(kStart, {1.7e308, 1.7e308});
  EXPECT_EQ(SumOf(series_.total()), kLargest);
  EXPECT_TRUE(series_.TakeTotal(kStart, *ExplicitHistogram::Create({10}, {1, 0}, -1.7e308), kStart));
  const auto growth = series_.TakeTotal(kStart, *ExplicitHistogram::Create({10}, {2, 0}, 1.7e308), kStart);
  EXPECT_EQ(growth->sum(), kLargest);
}

TEST_F(HistogramSeriesTest, ExplicitBucketsStayExplicit) {
  series_.FollowWindow(true);
  Merge(kStart, *ExplicitHistogram::Create({10, 20}, {1, 0, 3}, 100));
  Observe(kStart, {10, 10.5, 1000});
  const HistogramState state = Read();
  EXPECT_EQ(state.count, 7u);
  EXPECT_EQ(state.sum, 1120.5);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(state.buckets, ElementsAre(Pair(10, 2), Pair(20, 1), Pair(kInfinity, 4)));
  EXPECT_TRUE(series_.EndWindowAt(kTiers, kStart + 10 * kSecond));
  EXPECT_EQ(Read().window_count, 0u);
  ASSERT_EQ(History().size(), 1u);
  EXPECT_EQ(History().begin()->second.buckets, state.buckets);
}

TEST_F(HistogramSeriesTest, EachPointOfHistoryHasTheWindowThatEndedThere) {
  for (int second = 0; second < 30; ++second) Observe(kStart + second * kSecond, {1.0 + second});
  const auto history = History();
  ASSERT_EQ(history.size(), 30u);
  const HistogramState& state = history.at(kStart + 20 * kSecond);
  EXPECT_EQ(state.count, 21u);
  EXPECT_EQ(state.sum, 21 * 22 / 2);
  EXPECT_EQ(state.window_count, 10u);
  EXPECT_EQ(state.min, 12);
  EXPECT_EQ(state.max, 21);
  EXPECT_NEAR(state.p50, 16, 0.2);
}

TEST_F(HistogramSeriesTest, HistoryCanBeReadInPartsAndSteps) {
  for (int i = 0; i < 100; ++i) Observe(kStart + i * 100 * kMilli, {1});
  EXPECT_EQ(History(kStart + 5 * kSecond).size(), 49u);
  const auto steps = History(0, kSecond);
  ASSERT_EQ(steps.size(), 10u);
  EXPECT_EQ(steps.begin()->first, kStart + 900 * kMilli);
  EXPECT_EQ(steps.begin()->second.window_count, 10u);
}

TEST_F(HistogramSeriesTest, OldHistoryOfFewObservationsIsExact) {
  Observe(kStart, {23.5});
  Observe(kStart + 4 * kSecond, {100.25, 7});
  Observe(kStart + 12 * kSecond, {1});
  for (int second = 100; second < 130; ++second) Observe(kStart + second * kSecond, {5});
  const auto history = History();
  const HistogramState& state = history.at(kStart + 4 * kSecond);
  EXPECT_EQ(state.count, 3u);
  EXPECT_EQ(state.sum, 130.75);
  EXPECT_EQ(state.window_count, 3u);
  EXPECT_EQ(state.min, 7);
  EXPECT_EQ(state.max, 100.25);
  EXPECT_EQ(history.at(kStart).max, 23.5);
  EXPECT_EQ(history.at(kStart + 12 * kSecond).window_count, 3u);
}

TEST_F(HistogramSeriesTest, OldHistoryOfManyObservationsIsCloseAndSmall) {
  std::mt19937 random(1);
  std::lognormal_distribution<double> latency(3, 0.5);
  std::vector<std::vector<double>> seconds;
  std::uint64_t observed = 0;
  for (int second = 0; second < 1100; ++second) {
    std::vector<double> values(100);
    for (double& value : values) value = latency(random);
    Observe(kStart + second * kSecond, values);
    seconds.push_back(values);
    observed += values.size();
  }
  const auto history = History();
  EXPECT_THAT(history.size(), AllOf(Ge(890u), Le(910u)));
  EXPECT_EQ(history.rbegin()->second.count, observed);
  double p50_error = 0, p99_error = 0;
  constexpr int kFirst = 300, kLast = 1100;
  for (int second = kFirst; second < kLast; ++second) {
    std::vector<double> window;
    for (int i = second - 9; i <= second; ++i) {
      const auto& values = seconds[static_cast<std::size_t>(i)];
      window.insert(window.end(), values.begin(), values.end());
    }
    std::ranges::sort(window);
    const HistogramState& state = history.at(kStart + second * kSecond);
    ASSERT_EQ(state.window_count, window.size());
    ASSERT_EQ(state.count, (static_cast<std::size_t>(second) + 1) * 100);
    p50_error += std::abs(state.p50 / window[499] - 1) / (kLast - kFirst);
    p99_error += std::abs(state.p99 / window[989] - 1) / (kLast - kFirst);
  }
  EXPECT_LT(p50_error, 0.01);
  EXPECT_LT(p99_error, 0.05);
  EXPECT_LT(series_.HeapBytes(), 20'000u);
}

TEST_F(HistogramSeriesTest, SheddingForgetsTheOldestAndKeepsTheTotals) {
  for (int second = 0; second < 100; ++second) Observe(kStart + second * kSecond, {1});
  const std::size_t before = History().size();
  series_.Shed(1);
  auto history = History();
  EXPECT_EQ(history.size(), before - 1);
  EXPECT_EQ(history.begin()->second.count, 2u);
  EXPECT_EQ(history.rbegin()->second.count, 100u);
  series_.Shed(1'000'000);
  history = History();
  EXPECT_LE(history.size(), 11u) << "the window stays";
  EXPECT_EQ(history.rbegin()->second.window_count, 10u);
}

TEST_F(HistogramSeriesTest, AnEmptyDistributionIsAPointWithoutObservations) {
  Observe(kStart, {1});
  Merge(kStart + kSecond, Sketch());
  const auto history = History();
  ASSERT_EQ(history.size(), 2u);
  EXPECT_EQ(history.rbegin()->second.window_count, 1u);
}

}  // namespace
}  // namespace obs
