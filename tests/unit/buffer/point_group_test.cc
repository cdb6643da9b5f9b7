#include "buffer/point_group.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using ::testing::ElementsAreArray;

constexpr std::int64_t kTickUs = 1000;
constexpr std::int64_t kSecondUs = 1'000'000;
constexpr std::int64_t kStart = 1'750'000'123 * kSecondUs;

struct Packed {
  std::array<std::uint8_t, kMaxGroupBytes> bytes{};
  std::size_t size = 0;
};

Packed Pack(const std::vector<Point>& points) {
  Packed packed;
  packed.size =
      static_cast<std::size_t>(PutPointGroup(packed.bytes.data(), points, kTickUs) - packed.bytes.data());
  return packed;
}

std::vector<Point> Unpack(const Packed& packed) {
  std::vector<Point> points;
  EXPECT_EQ(GetPointGroup(packed.bytes.data(), kTickUs, &points), packed.bytes.data() + packed.size);
  return points;
}

// One a second, on whole ticks.
std::vector<Point> EachSecond(const std::vector<double>& values) {
  std::vector<Point> points;
  for (const double value : values) {
    points.push_back({kStart + static_cast<std::int64_t>(points.size()) * kSecondUs, value});
  }
  return points;
}

void ExpectComesBack(const std::vector<Point>& points) {
  EXPECT_THAT(Unpack(Pack(points)), ElementsAreArray(points));
}

TEST(PointGroupTest, OnePointComesBack) {
  ExpectComesBack(EachSecond({12.5}));
}

TEST(PointGroupTest, ValuesComeBackAsTheyWere) {
  constexpr double kMost = std::numeric_limits<double>::max();
  constexpr double kLeast = std::numeric_limits<double>::denorm_min();
  ExpectComesBack(EachSecond({0, 4096, 8192, -1024}));
  ExpectComesBack(EachSecond({4096, 4097, 0.25, 1e-9, -3}));
  ExpectComesBack(EachSecond({1e14, -1e14, 1e14}));
  ExpectComesBack(EachSecond({1.0 / 3, 2.0 / 3, 1, -1.0 / 3}));
  ExpectComesBack(EachSecond({kMost, -kMost, kLeast, 0, 1e300}));
  ExpectComesBack(EachSecond({M_PI, M_PI, M_PI}));
}

TEST(PointGroupTest, AnyGroupComesBack) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::vector<Point> points(1 + random() % kGroupPoints);
    const int decimals = static_cast<int>(random() % 12);
    const auto span = std::uint64_t{1} << random() % 50;
    std::int64_t tick = static_cast<std::int64_t>(random() % (std::uint64_t{1} << 42));
    for (Point& point : points) {
      tick += static_cast<std::int64_t>(random() % 5000);
      point = {tick * kTickUs,
               std::round(static_cast<double>(random() % span)) / std::pow(10, decimals) - 1000};
    }
    ASSERT_THAT(Unpack(Pack(points)), ElementsAreArray(points)) << "round " << round;
  }
}

TEST(PointGroupTest, TimestampsAreRoundedDownToTicks) {
  const auto points = Unpack(Pack({{-1, 0}, {0, 1}, {kTickUs - 1, 2}, {kStart + 1999, 3}}));
  EXPECT_THAT(points, ElementsAreArray(std::vector<Point>{{-1000, 0}, {0, 1}, {0, 2}, {kStart + 1000, 3}}));
}

TEST(PointGroupTest, TheHeadTellsTheNewestTimeAndTheEnd) {
  const Packed packed = Pack(EachSecond({1, 2, 3}));
  EXPECT_EQ(GroupNewest(packed.bytes.data(), kTickUs), kStart + 2 * kSecondUs);
  EXPECT_EQ(GroupEnd(packed.bytes.data()), packed.bytes.data() + packed.size);
}

TEST(PointGroupTest, WhatRestsOrGrowsEvenlyTakesNextToNothing) {
  std::vector<double> rests(kGroupPoints, 123456789);
  EXPECT_LT(Pack(EachSecond(rests)).size, 32u);
  for (std::size_t i = 0; i < rests.size(); ++i) rests[i] += 1000 * static_cast<double>(i);
  EXPECT_LT(Pack(EachSecond(rests)).size, 32u);
}

TEST(PointGroupTest, TheWorstGroupHasRoom) {
  std::mt19937_64 random(2);
  std::vector<Point> points(kGroupPoints);
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i].timestamp_us = static_cast<std::int64_t>(i) * (std::numeric_limits<std::int64_t>::max() / 64);
    points[i].value = std::ldexp(static_cast<double>(random()), i % 2 == 0 ? 900 : -1000);
  }
  EXPECT_LE(Pack(points).size, kMaxGroupBytes);
}

}  // namespace
}  // namespace obs
