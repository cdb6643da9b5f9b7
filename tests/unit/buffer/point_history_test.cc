#include "buffer/point_history.h"

#include <cstdint>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using ::testing::ElementsAre;

constexpr std::int64_t kMilli = 1'000;
constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kStart = 1'750'000'123 * kSecond;
constexpr HistoryTiers kTiers{.fine_us = 100 * kMilli,
                              .fine_span_us = 60 * kSecond,
                              .coarse_us = kSecond,
                              .span_us = 900 * kSecond,
                              .window_us = 10 * kSecond};

std::vector<double> ValuesOf(const PointHistory& history) {
  std::vector<double> values;
  for (const Point& point : history.Points(kTiers)) values.push_back(point.value);
  return values;
}

// One point each 100 ms for `seconds`, whose value is its number.
PointHistory TenHertz(int seconds) {
  PointHistory history;
  for (int i = 0; i < seconds * 10; ++i) {
    history.Push(kTiers, {kStart + i * 100 * kMilli + 50 * kMilli, static_cast<double>(i)});
  }
  return history;
}

TEST(PointHistoryTest, TheNewestPartIsFine) {
  EXPECT_EQ(TenHertz(60).Points(kTiers).size(), 600u);
}

TEST(PointHistoryTest, OlderPartsKeepTheNewestPointOfEachCoarseSlot) {
  const auto points = TenHertz(100).Points(kTiers);
  EXPECT_EQ(points.size(), 600u + 40u);
  EXPECT_EQ(points[0].value, 9);  // of the first second
  EXPECT_EQ(points[0].timestamp_us, kStart + 950 * kMilli);
  EXPECT_EQ(points[1].value, 19);
}

TEST(PointHistoryTest, TimesAreExactInTheFinePartAndMillisecondsInTheCoarseOne) {
  PointHistory history;
  for (int second = 0; second < 300; ++second) {
    history.Push(kTiers, {kStart + second * kSecond + 123'456, static_cast<double>(second)});
  }
  const auto points = history.Points(kTiers);
  ASSERT_EQ(points.size(), 300u);
  EXPECT_EQ(points.front(), (Point{kStart + 123 * kMilli, 0}));
  EXPECT_EQ(points[100], (Point{kStart + 100 * kSecond + 123 * kMilli, 100}));
  EXPECT_EQ(points.back(), (Point{kStart + 299 * kSecond + 123'456, 299}));
}

TEST(PointHistoryTest, ASampleASecondForAQuarterOfAnHourTakesLittle) {
  PointHistory history;
  for (int second = 0; second < 2000; ++second) {  // a total of bytes, measured not quite on time
    const std::int64_t jitter_us = second * 7919 % 700;
    history.Push(kTiers,
                 {kStart + second * kSecond + jitter_us, 1e9 + second * 100'000.0 + second * 79 % 1000});
  }
  EXPECT_EQ(history.Points(kTiers).size(), 900u);
  EXPECT_LT(history.HeapBytes(), 2500u);
}

TEST(PointHistoryTest, WhatIsTooOldIsForgotten) {
  const auto points = TenHertz(1000).Points(kTiers);
  EXPECT_EQ(points.size(), 600u + 840u);
  EXPECT_GT(points.front().timestamp_us, points.back().timestamp_us - kTiers.span_us);
}

TEST(PointHistoryTest, ALongSilenceForgetsAllBeforeIt) {
  PointHistory history = TenHertz(100);
  history.Push(kTiers, {kStart + 5000 * kSecond, -1});
  EXPECT_THAT(ValuesOf(history), ElementsAre(-1));
}

TEST(PointHistoryTest, LatePointsGoToTheirPlace) {
  PointHistory history;
  for (const int second : {0, 2, 4, 6}) {
    history.Push(kTiers, {kStart + second * kSecond, static_cast<double>(second)});
  }
  history.InsertLate(kTiers, {kStart + 5 * kSecond, 5});
  history.InsertLate(kTiers, {kStart + 1 * kSecond, 1});
  history.InsertLate(kTiers, {kStart - 1 * kSecond, -1});
  EXPECT_THAT(ValuesOf(history), ElementsAre(-1, 0, 1, 2, 4, 5, 6));
}

TEST(PointHistoryTest, OfLatePointsTooEachSlotKeepsTheNewest) {
  PointHistory history;
  history.Push(kTiers, {kStart + 50 * kMilli, 1});
  history.Push(kTiers, {kStart + 500 * kMilli, 5});
  history.InsertLate(kTiers, {kStart + 49 * kMilli, -1});
  EXPECT_THAT(ValuesOf(history), ElementsAre(1, 5));
  history.InsertLate(kTiers, {kStart + 51 * kMilli, 2});
  EXPECT_THAT(ValuesOf(history), ElementsAre(2, 5));
}

TEST(PointHistoryTest, ManyLatePointsAreFoldedIn) {
  PointHistory history;
  history.Push(kTiers, {kStart, 0});
  history.Push(kTiers, {kStart + 200 * kSecond, 200});
  for (int second = 199; second >= 1; --second) {
    history.InsertLate(kTiers, {kStart + second * kSecond, static_cast<double>(second)});
  }
  const auto values = ValuesOf(history);
  ASSERT_EQ(values.size(), 201u);
  for (int second = 0; second <= 200; ++second) EXPECT_EQ(values[static_cast<std::size_t>(second)], second);
  EXPECT_LT(history.HeapBytes(), 2000u);

  history.Push(kTiers, {kStart + 201 * kSecond, 201});
  EXPECT_EQ(ValuesOf(history).back(), 201);
}

TEST(PointHistoryTest, SheddingForgetsTheOldestButOne) {
  PointHistory history = TenHertz(200);
  const std::size_t bytes = history.packed_bytes();
  history.Shed(100);
  EXPECT_LE(history.packed_bytes(), bytes - 100);
  EXPECT_GT(history.Points(kTiers).front().value, 9);
  EXPECT_EQ(ValuesOf(history).back(), 1999);
  history.Shed(1'000'000);
  EXPECT_THAT(ValuesOf(history), ElementsAre(1999));
}

TEST(PointHistoryTest, SheddingInSmallStepsForgetsNoMoreThanAtOnce) {
  PointHistory history = TenHertz(600);
  const std::size_t bytes = history.packed_bytes();
  constexpr std::size_t kSteps = 100, kStep = 3;
  for (std::size_t i = 0; i < kSteps; ++i) history.Shed(kStep);
  EXPECT_LE(history.packed_bytes(), bytes - kSteps * kStep);
  EXPECT_GT(history.packed_bytes(), bytes - kSteps * kStep - 100);
}

}  // namespace
}  // namespace obs
