#include "buffer/point_queue.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

constexpr std::int64_t kStart = 1'750'000'123'456'789;
constexpr std::int64_t kSecond = 1'000'000;

std::vector<Point> PointsOf(const PointQueue& queue) {
  std::vector<Point> points;
  queue.ForEach([&](const Point& point) { points.push_back(point); });
  return points;
}

PointQueue QueueOf(const std::vector<Point>& points) {
  PointQueue queue;
  for (const Point& point : points) queue.PushBack(point);
  return queue;
}

std::vector<Point> EachSecond(const std::vector<double>& values) {
  std::vector<Point> points;
  for (std::size_t i = 0; i < values.size(); ++i) {
    points.push_back({kStart + static_cast<std::int64_t>(i) * kSecond, values[i]});
  }
  return points;
}

TEST(PointQueueTest, EmptyQueueHasNoPoints) {
  EXPECT_THAT(PointsOf(PointQueue()), IsEmpty());
}

TEST(PointQueueTest, ReturnsExactlyWhatWasPushed) {
  constexpr double kMax = std::numeric_limits<double>::max();
  constexpr double kTiny = std::numeric_limits<double>::denorm_min();
  const auto points = EachSecond(
      {0,       1,   -1,  0.1, 0.53, 0.5,  1e300, kMax, -kMax, kTiny,         1e-9, 1e-10,
       1.0 / 3, 42,  42,  42,  1024, 4096, 1025,  1e15, 1e16,  123456789.123, 0,    9007199254740993.0,
       -0.001,  1e9, -1e9});
  EXPECT_THAT(PointsOf(QueueOf(points)), ElementsAreArray(points));
}

TEST(PointQueueTest, MinusZeroBecomesZeroAndHarmsNothing) {
  const auto read = PointsOf(QueueOf(EachSecond({1.0 / 3, -0.0, 1.0 / 7, -0.0, 0.0, 1.0 / 3})));
  EXPECT_FALSE(std::signbit(read[1].value));
  EXPECT_EQ(read[2].value, 1.0 / 7);
  EXPECT_EQ(read[5].value, 1.0 / 3);
}

TEST(PointQueueTest, TimestampsMayStandStillAndJump) {
  const std::vector<Point> points{{0, 1}, {0, 2}, {1, 3}, {kStart, 4}, {kStart, 5}, {kStart + 1, 6}};
  EXPECT_THAT(PointsOf(QueueOf(points)), ElementsAreArray(points));
}

TEST(PointQueueTest, DropsTheOldestFirst) {
  const auto points = EachSecond({1, 2.5, 1.0 / 3, 4});
  PointQueue queue = QueueOf(points);
  queue.PopFront();
  EXPECT_EQ(queue.front(), points[1]);
  EXPECT_EQ(queue.back(), points[3]);
  EXPECT_THAT(PointsOf(queue), ElementsAre(points[1], points[2], points[3]));
}

TEST(PointQueueTest, CanBeEmptiedAndFilledAgain) {
  PointQueue queue = QueueOf(EachSecond({0.25, 1.0 / 3}));
  queue.PopFront();
  queue.PopFront();
  EXPECT_TRUE(queue.empty());
  const auto points = EachSecond({7, 1.0 / 7});
  for (const Point& point : points) queue.PushBack(point);
  EXPECT_THAT(PointsOf(queue), ElementsAreArray(points));
}

TEST(PointQueueTest, ACopyIsIndependent) {
  PointQueue queue = QueueOf(EachSecond({1, 2, 3}));
  const PointQueue copy = queue;
  queue.PopFront();
  queue.PushBack({kStart + 9 * kSecond, 9});
  EXPECT_THAT(PointsOf(copy), ElementsAreArray(EachSecond({1, 2, 3})));
}

TEST(PointQueueTest, AMovingWindowOfRandomPointsStaysExactAndSmall) {
  std::mt19937_64 random(1);
  std::vector<Point> points;
  std::int64_t now = kStart;
  for (int i = 0; i < 20'000; ++i) {
    now += static_cast<std::int64_t>(random() % (2 * kSecond));
    const double whole = static_cast<double>(static_cast<std::int64_t>(random() % 2001) - 1000);
    const double choices[] = {whole, whole / 100, whole / 7, whole * 4096};
    points.push_back({now, choices[random() % 4]});
  }
  PointQueue queue;
  constexpr std::size_t kWindow = 300;
  for (std::size_t i = 0; i < points.size(); ++i) {
    queue.PushBack(points[i]);
    if (queue.size() > kWindow) queue.PopFront();
    if (i % 1000 == 0 && i > kWindow) {
      EXPECT_THAT(PointsOf(queue),
                  ElementsAreArray(points.begin() + static_cast<std::ptrdiff_t>(i + 1 - kWindow),
                                   points.begin() + static_cast<std::ptrdiff_t>(i + 1)));
    }
  }
  EXPECT_LT(queue.HeapBytes(), kWindow * kMaxPointBytes);
}

TEST(PointQueueTest, UsualSeriesTakeFewBytesAPoint) {
  std::vector<double> constant, counter, load, memory;
  std::mt19937 random(1);
  double cpu = 0;
  double kib = 8e6;
  for (int i = 0; i < 1000; ++i) {
    constant.push_back(12345.678);
    counter.push_back(cpu += random() % 100);
    load.push_back(random() % 300 / 100.0);
    memory.push_back((kib += static_cast<double>(random() % 2000) - 1000) * 1024);
  }
  const auto bytes_per_point = [](const std::vector<double>& values) {
    return static_cast<double>(QueueOf(EachSecond(values)).HeapBytes()) / static_cast<double>(values.size());
  };
  EXPECT_LT(bytes_per_point(constant), 1.2);
  EXPECT_LT(bytes_per_point(counter), 2.3);
  EXPECT_LT(bytes_per_point(load), 3.3);
  EXPECT_LT(bytes_per_point(memory), 3.4);
}

}  // namespace
}  // namespace obs
