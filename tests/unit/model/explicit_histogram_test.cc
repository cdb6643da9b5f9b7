#include "model/explicit_histogram.h"

#include <cfloat>
#include <cmath>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/distribution.h"

namespace obs {
namespace {

ExplicitHistogram Make(std::vector<double> bounds, std::vector<std::uint64_t> counts,
                       std::optional<double> sum = std::nullopt) {
  auto made = ExplicitHistogram::Create(std::move(bounds), std::move(counts), sum);
  EXPECT_TRUE(made.ok()) << made.status();
  return *std::move(made);
}

TEST(ExplicitHistogramTest, QuantileInterpolatesAsPromQlDoes) {
  const ExplicitHistogram histogram = Make({1, 2, 4}, {10, 20, 10, 0});
  EXPECT_DOUBLE_EQ(histogram.Quantile(0.125), 0.5);  // the lowest bucket starts at 0
  EXPECT_DOUBLE_EQ(histogram.Quantile(0.5), 1.5);
  EXPECT_DOUBLE_EQ(histogram.Quantile(0.75), 2);
  EXPECT_DOUBLE_EQ(histogram.Quantile(1), 4);
}

TEST(ExplicitHistogramTest, LowestBucketBelowZeroIsItsBound) {
  EXPECT_EQ(Make({-1, 2}, {3, 0, 0}).Quantile(0.5), -1);
}

TEST(ExplicitHistogramTest, QuantileAboveAllBoundsIsTheHighest) {
  EXPECT_EQ(Make({1, 2}, {0, 0, 9}).Quantile(0.99), 2);
}

TEST(ExplicitHistogramTest, EmptyOneHasNoQuantile) {
  EXPECT_TRUE(std::isnan(Make({1, 2}, {0, 0, 0}).Quantile(0.5)));
}

TEST(ExplicitHistogramTest, WithoutBoundsTheMeanStandsIn) {
  EXPECT_EQ(Make({}, {4}, 10).Quantile(0.5), 2.5);
}

TEST(ExplicitHistogramTest, ExtremesAreThoseOfTheUsedBuckets) {
  const ExplicitHistogram histogram = Make({1, 2, 4, 8}, {0, 5, 5, 0, 0});
  EXPECT_EQ(histogram.min(), 1);
  EXPECT_EQ(histogram.max(), 4);
}

TEST(ExplicitHistogramTest, MissingSumIsEstimatedFromMiddles) {
  EXPECT_EQ(Make({2, 4}, {1, 1, 1}).sum(), 1 + 3 + 4);
  EXPECT_EQ(Make({2, 4}, {1, 1, 1}, 100).sum(), 100);
  EXPECT_EQ(Make({-DBL_MAX, DBL_MAX}, {9, 0, 0}).sum(), -DBL_MAX);
}

TEST(ExplicitHistogramTest, SubtractUndoesMerge) {
  const ExplicitHistogram first = Make({1, 2}, {1, 2, 3}, 10);
  const ExplicitHistogram second = Make({1, 2}, {4, 0, 1}, 6);
  ExplicitHistogram both = first;
  both.Merge(second);
  EXPECT_EQ(both, Make({1, 2}, {5, 2, 4}, 16));
  both.Subtract(first);
  EXPECT_EQ(both, second);
}

TEST(ExplicitHistogramTest, CountsThatWrapAroundDoNoHarm) {
  const ExplicitHistogram half = Make({1, 2}, {std::uint64_t{1} << 63, 1, 0}, 0);
  ExplicitHistogram histogram = half;
  histogram.Merge(half);
  histogram.Subtract(half);
  EXPECT_EQ(histogram.count(), 1u);
  EXPECT_TRUE(std::isfinite(histogram.Quantile(0.5)));
}

TEST(ExplicitHistogramTest, BadPartsAreNamed) {
  const auto error = [](std::vector<double> bounds, std::vector<std::uint64_t> counts,
                        std::optional<double> sum = std::nullopt) {
    return std::string(
        ExplicitHistogram::Create(std::move(bounds), std::move(counts), sum).status().message());
  };
  EXPECT_THAT(error({2, 1}, {0, 0, 0}), testing::HasSubstr("2 is followed by 1"));
  EXPECT_THAT(error({1, 1}, {0, 0, 0}), testing::HasSubstr("1 is followed by 1"));
  EXPECT_THAT(error({1, HUGE_VAL}, {0, 0, 0}), testing::HasSubstr("bound 2 is inf"));
  EXPECT_THAT(error({std::nan("")}, {0, 0}), testing::HasSubstr("bound 1 is nan"));
  EXPECT_THAT(error({1, 2}, {0, 0}), testing::HasSubstr("2 bucket counts for 2 bounds"));
  EXPECT_THAT(error({1}, {0, 0}, std::nan("")), testing::HasSubstr("sum is nan"));
  EXPECT_THAT(error({1}, {UINT64_MAX, 1}), testing::HasSubstr("overflow"));
  EXPECT_THAT(error(std::vector<double>(513), std::vector<std::uint64_t>(514)),
              testing::HasSubstr("at most 512"));
}

TEST(DistributionTest, OnlyEqualLayoutsMerge) {
  const Distribution sketch = Sketch();
  const Distribution one = Make({1, 2}, {1, 1, 1});
  const Distribution other = Make({1, 3}, {1, 1, 1});
  EXPECT_TRUE(Mergeable(sketch, sketch));
  EXPECT_TRUE(Mergeable(one, one));
  EXPECT_FALSE(Mergeable(one, other));
  EXPECT_FALSE(Mergeable(one, sketch));
}

TEST(DistributionTest, SpeaksForWhatItHolds) {
  Sketch sketch;
  sketch.Insert(5, 4);
  Distribution distribution = sketch;
  MergeInto(distribution, distribution);
  EXPECT_EQ(CountOf(distribution), 8u);
  EXPECT_EQ(SumOf(distribution), 40);
  EXPECT_EQ(QuantileOf(distribution, 0.5), 5);
  EXPECT_EQ(MinOf(distribution), 5);
  distribution = Make({1, 2}, {0, 4, 0}, 6);
  MergeInto(distribution, distribution);
  EXPECT_EQ(CountOf(distribution), 8u);
  EXPECT_EQ(SumOf(distribution), 12);
  EXPECT_EQ(MaxOf(distribution), 2);
}

TEST(ExplicitHistogramTest, GrowthOfARunningTotalIsWhatWasAdded) {
  const auto before = *ExplicitHistogram::Create({1, 2}, {1, 2, 3}, 10);
  const auto now = *ExplicitHistogram::Create({1, 2}, {1, 4, 4}, 18);
  EXPECT_EQ(now.GrowthSince(before), *ExplicitHistogram::Create({1, 2}, {0, 2, 1}, 8));
  EXPECT_EQ(now.GrowthSince(now)->count(), 0u);
}

TEST(ExplicitHistogramTest, GrowthIsUnknownAcrossARestartOrOtherBounds) {
  const auto before = *ExplicitHistogram::Create({1, 2}, {1, 2, 3}, 10);
  EXPECT_FALSE(ExplicitHistogram::Create({1, 2}, {5, 1, 3}, 10)->GrowthSince(before).has_value());
  EXPECT_FALSE(ExplicitHistogram::Create({1, 3}, {1, 2, 3}, 10)->GrowthSince(before).has_value());
}

}  // namespace
}  // namespace obs
