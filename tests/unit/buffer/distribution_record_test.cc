#include "buffer/distribution_record.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using ::testing::ElementsAre;

DistributionRecord RecordOf(const std::vector<double>& values) {
  DistributionRecord record;
  record.slots.push_back({1, 0, 0});
  record.Observe(values);
  return record;
}

Sketch SketchOf(const std::vector<double>& values, int scale = Sketch::kDefaultScale) {
  Sketch sketch(scale);
  for (const double value : values) sketch.Insert(value);
  return sketch;
}

TEST(DistributionRecordTest, ObservationsAndTheirSketchAreTheSame) {
  const std::vector<double> values{1, 2, 2, 3.5, 0, -4, -4, 1e6};
  DistributionRecord record;
  record.slots.push_back({1, 0, 0});
  record.Add(SketchOf(values));
  EXPECT_EQ(record, RecordOf(values));
  EXPECT_EQ(record.count(), 8u);
  EXPECT_EQ(record.zero_count, 1u);
  EXPECT_EQ(record.min, -4);
  EXPECT_EQ(record.max, 1e6);
  EXPECT_EQ(record.buckets(), 6u);
}

TEST(DistributionRecordTest, ObservationsAddUp) {
  DistributionRecord record = RecordOf({1, 2});
  record.Observe({2, 3});
  EXPECT_EQ(record, RecordOf({1, 2, 2, 3}));
}

TEST(DistributionRecordTest, TheLowerScaleWins) {
  DistributionRecord record = RecordOf({1, 2, 3, 4});
  record.Add(SketchOf({5}, 1));
  DistributionRecord expected = RecordOf({1, 2, 3, 4, 5});
  expected.ReduceScale(1);
  EXPECT_EQ(record, expected);
  record.Add(SketchOf({6}));
  expected.Observe({6});
  EXPECT_EQ(record, expected);
}

TEST(DistributionRecordTest, AnEmptySketchAddsNothing) {
  DistributionRecord record = RecordOf({1});
  record.Add(Sketch(2));
  EXPECT_EQ(record, RecordOf({1}));
}

TEST(DistributionRecordTest, MergingBucketsLeavesTheSlots) {
  DistributionRecord record = RecordOf({1, 2});
  DistributionRecord newer = RecordOf({3});
  newer.slots[0].timestamp_us = 9;
  record.MergeBuckets(newer);
  EXPECT_THAT(record.slots, ElementsAre(DistributionRecord::Slot{1, 2, 3}));
  EXPECT_EQ(record.max, 3);
  EXPECT_EQ(record.positive, RecordOf({1, 2, 3}).positive);
}

}  // namespace
}  // namespace obs
