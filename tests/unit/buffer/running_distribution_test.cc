#include "buffer/running_distribution.h"

#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using ::testing::ElementsAre;

DistributionRecord RecordOf(const std::vector<double>& values) {
  DistributionRecord record;
  record.slots.push_back({});
  record.Observe(values);
  return record;
}

DistributionRecord RecordOf(const Distribution& distribution) {
  DistributionRecord record;
  record.slots.push_back({});
  if (std::holds_alternative<ExplicitHistogram>(distribution)) record.scale = DistributionRecord::kExplicit;
  record.Add(distribution);
  return record;
}

Sketch SketchOf(const RunningDistribution& distribution) {
  return std::get<Sketch>(distribution.Unpack());
}

void ExpectSame(const Sketch& a, const Sketch& b) {
  EXPECT_EQ(a.scale(), b.scale());
  EXPECT_EQ(a.count(), b.count());
  EXPECT_EQ(a.zero_count(), b.zero_count());
  EXPECT_EQ(a.min(), b.min());
  EXPECT_EQ(a.max(), b.max());
  EXPECT_EQ(a.positive().offset, b.positive().offset);
  EXPECT_EQ(a.positive().counts, b.positive().counts);
  EXPECT_EQ(a.negative().offset, b.negative().offset);
  EXPECT_EQ(a.negative().counts, b.negative().counts);
  EXPECT_NEAR(a.sum(), b.sum(), 1e-9 * std::abs(b.sum()));
}

TEST(RunningDistributionTest, IsAnEmptySketchAtFirst) {
  const RunningDistribution total;
  EXPECT_EQ(total.count(), 0u);
  EXPECT_EQ(total.explicit_histogram(), nullptr);
  EXPECT_TRUE(SketchOf(total).empty());
  EXPECT_EQ(total.HeapBytes(), 0u);
}

TEST(RunningDistributionTest, EqualsTheSketchOfAllThatWasAdded) {
  std::mt19937 random(1);
  std::lognormal_distribution<double> latency(-4, 2);
  Sketch expected;
  RunningDistribution total;
  for (int i = 0; i < 3000; ++i) {
    std::vector<double> values(random() % 40);
    for (double& value : values) {
      value = latency(random) * (random() % 16 == 0 ? -1 : 1) * (random() % 16 == 0 ? 0 : 1);
      expected.Insert(value);
    }
    total.Add(RecordOf(values));
  }
  EXPECT_EQ(total.count(), expected.count());
  ExpectSame(SketchOf(total), expected);
}

TEST(RunningDistributionTest, TakesTheLowerScaleAndCoarsensWhatOutgrowsASketch) {
  Sketch expected;
  RunningDistribution total;
  const auto add = [&](const Sketch& sketch) {
    expected.Merge(sketch);
    total.Add(RecordOf(sketch));
  };
  Sketch coarse(2);
  for (const double value : {0.001, 1.0, 5.0}) coarse.Insert(value);
  add(coarse);
  ExpectSame(SketchOf(total), expected);
  Sketch wide(2);
  wide.Insert(1e-300);
  wide.Insert(1e300);
  add(wide);
  EXPECT_LT(SketchOf(total).scale(), 2);
  ExpectSame(SketchOf(total), expected);
}

TEST(RunningDistributionTest, CountsGrowFromOneByteToEight) {
  Sketch expected;
  RunningDistribution total;
  for (const std::uint64_t times :
       {std::uint64_t{1}, std::uint64_t{254}, std::uint64_t{1}, std::uint64_t{65'000}, std::uint64_t{1'000},
        std::uint64_t{5'000'000'000}, std::uint64_t{1} << 62}) {
    Sketch sketch;
    sketch.Insert(1.5, times);
    sketch.Insert(7);
    expected.Merge(sketch);
    total.Add(RecordOf(sketch));
    ExpectSame(SketchOf(total), expected);
  }
}

TEST(RunningDistributionTest, MostCountsTakeAByteOrTwo) {
  std::mt19937 random(1);
  std::lognormal_distribution<double> latency(-4, 0.8);
  RunningDistribution total;
  for (int second = 0; second < 900; ++second) {
    std::vector<double> values(20);
    for (double& value : values) value = latency(random);
    total.Add(RecordOf(values));
  }
  EXPECT_LT(total.HeapBytes(), 1300u);
  EXPECT_GT(SketchOf(total).HeapBytes(), 3000u);
}

TEST(RunningDistributionTest, WhatWouldNotFitIn64BitsIsLeftOut) {
  Sketch half;
  half.Insert(1, std::numeric_limits<std::uint64_t>::max() / 2 + 1);
  RunningDistribution total;
  total.Add(RecordOf(half));
  total.Add(RecordOf(half));
  EXPECT_EQ(total.count(), half.count());
  EXPECT_EQ(SketchOf(total).count(), half.count());
}

TEST(RunningDistributionTest, ExplicitBucketsStayExplicit) {
  const Distribution distribution = *ExplicitHistogram::Create({10, 20}, {1, 0, 3}, 100);
  RunningDistribution total(distribution);
  EXPECT_TRUE(total.TakesIn(distribution));
  EXPECT_FALSE(total.TakesIn(Sketch()));
  EXPECT_FALSE(total.TakesIn(*ExplicitHistogram::Create({10, 30}, {1, 0, 3}, 100)));
  total.Add(RecordOf(distribution));
  EXPECT_EQ(total.count(), 8u);
  EXPECT_EQ(total.sum(), 200);
  EXPECT_THAT(std::get<ExplicitHistogram>(total.Unpack()).counts(), ElementsAre(2, 0, 6));
  EXPECT_EQ(CountOf(total.EmptyLike()), 0u);
  EXPECT_TRUE(total.TakesIn(total.EmptyLike()));
}

TEST(RunningDistributionTest, ACopyIsItsOwn) {
  RunningDistribution total;
  total.Add(RecordOf({1, 2}));
  const RunningDistribution copy = total;
  total.Add(RecordOf({1, 2}));
  EXPECT_EQ(SketchOf(copy).count(), 2u);
  EXPECT_EQ(SketchOf(total).count(), 4u);
}

}  // namespace
}  // namespace obs
