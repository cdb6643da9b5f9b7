#include "buffer/distribution_merger.h"

#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace obs {
namespace {

DistributionRecord RecordOf(const std::vector<double>& values) {
  DistributionRecord record;
  record.slots.push_back({1, 0, 0});
  record.Observe(values);
  return record;
}

const Distribution kSketchLayout = Sketch();

TEST(DistributionMergerTest, NothingMergesToNothing) {
  EXPECT_EQ(CountOf(DistributionMerger().Merge(kSketchLayout)), 0u);
}

TEST(DistributionMergerTest, MergesLikeASketchThatSawEverything) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal(1, 10);
  Sketch all;
  std::vector<DistributionRecord> records;
  for (int i = 0; i < 10; ++i) {
    std::vector<double> values(20);
    for (double& value : values) all.Insert(value = normal(random));
    records.push_back(RecordOf(values));
  }
  DistributionMerger merger;
  for (const auto& record : records) merger.Add(record);
  const auto merged = std::get<Sketch>(merger.Merge(kSketchLayout));
  EXPECT_EQ(merged.count(), all.count());
  EXPECT_EQ(merged.min(), all.min());
  EXPECT_EQ(merged.max(), all.max());
  EXPECT_EQ(merged.positive().counts, all.positive().counts);
  EXPECT_EQ(merged.negative().counts, all.negative().counts);
  EXPECT_EQ(merged.Quantile(0.9), all.Quantile(0.9));
}

TEST(DistributionMergerTest, TheLowestScaleWins) {
  DistributionRecord coarse = RecordOf({1, 2, 3});
  coarse.ReduceScale(2);
  const DistributionRecord fine = RecordOf({4, 5});
  DistributionMerger merger;
  merger.Add(fine);
  merger.Add(coarse);
  const auto merged = std::get<Sketch>(merger.Merge(kSketchLayout));
  EXPECT_EQ(merged.scale(), 2);
  EXPECT_EQ(merged.count(), 5u);
}

TEST(DistributionMergerTest, SharesAddUpToExactlyWhatWasAskedFor) {
  const DistributionRecord record = RecordOf({0, -1, 1, 2, 3, 4, 5, 6, 7, 8});
  for (std::uint64_t part = 0; part <= 10; ++part) {
    DistributionMerger merger;
    merger.AddShare(record, part, 10);
    EXPECT_EQ(CountOf(merger.Merge(kSketchLayout)), part);
  }
}

TEST(DistributionMergerTest, ASharesQuantilesAreThoseOfTheWhole) {
  std::vector<double> values;
  for (int i = 1; i <= 1000; ++i) values.push_back(i);
  const DistributionRecord record = RecordOf(values);
  DistributionMerger merger;
  merger.AddShare(record, 500, 1000);
  EXPECT_NEAR(QuantileOf(merger.Merge(kSketchLayout), 0.5), 500, 10);
}

TEST(DistributionMergerTest, ExplicitBucketsKeepTheirBounds) {
  const ExplicitHistogram layout = *ExplicitHistogram::Create({1, 2}, {0, 0, 0}, 0);
  DistributionRecord record;
  record.scale = DistributionRecord::kExplicit;
  record.slots.push_back({1, 0, 0});
  record.Add(*ExplicitHistogram::Create({1, 2}, {3, 0, 5}, 20));
  DistributionMerger merger;
  merger.Add(record);
  merger.Add(record);
  const auto merged = std::get<ExplicitHistogram>(merger.Merge(layout));
  EXPECT_EQ(merged.bounds(), layout.bounds());
  EXPECT_EQ(merged.counts(), (std::vector<std::uint64_t>{6, 0, 10}));
}

}  // namespace
}  // namespace obs
