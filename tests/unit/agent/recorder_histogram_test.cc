// The sketches that leave a recorder, against model/sketch.h's own.
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "agent/recorder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/fake_clock.h"
#include "support/recorded.h"

namespace obs {
namespace {

using ::testing::ElementsAreArray;

Sketch::Buckets ToBuckets(const telemetry::ExponentialHistogram::Buckets& wire) {
  return {wire.offset(), {wire.counts().begin(), wire.counts().end()}};
}

class RecorderHistogramTest : public ::testing::Test {
 protected:
  // What was recorded since the last call; an empty sketch if nothing was sent.
  Sketch Take() {
    const auto recorded = testing::Decode(catalog_, recorder_.Collect());
    Sketch sketch;
    const auto found = recorded.histograms.find("h");
    if (found == recorded.histograms.end()) return sketch;
    const auto& wire = found->second;
    EXPECT_TRUE(Sketch::FromParts(wire.scale(), wire.zero_count(), ToBuckets(wire.positive()),
                                  ToBuckets(wire.negative()), wire.count(), wire.sum(), wire.min(),
                                  wire.max(), &sketch)
                    .ok());
    return sketch;
  }

  // Records `values` on both, and expects equal sketches.
  void ExpectAsSketch(const std::vector<double>& values) {
    Sketch expected;
    for (const double value : values) {
      histogram_.Record(value);
      expected.Insert(value);
    }
    const Sketch sent = Take();
    EXPECT_EQ(sent.count(), expected.count());
    EXPECT_EQ(sent.zero_count(), expected.zero_count());
    EXPECT_EQ(sent.scale(), expected.scale());
    EXPECT_EQ(sent.positive().offset, expected.positive().offset);
    EXPECT_THAT(sent.positive().counts, ElementsAreArray(expected.positive().counts));
    EXPECT_EQ(sent.negative().offset, expected.negative().offset);
    EXPECT_THAT(sent.negative().counts, ElementsAreArray(expected.negative().counts));
    EXPECT_EQ(sent.min(), expected.min());
    EXPECT_EQ(sent.max(), expected.max());
    EXPECT_NEAR(sent.sum(), expected.sum(), 1e-9 * std::abs(expected.sum()));
  }

  SeriesCatalog catalog_{100};
  LossCounts losses_;
  FakeClock clock_;
  Recorder recorder_{catalog_, losses_, clock_};
  Histogram histogram_ = recorder_.GetHistogram("h", {});
};

TEST_F(RecorderHistogramTest, LogNormalLatenciesGiveTheSameSketch) {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> latency(-3, 1.5);
  for (int collection = 0; collection < 5; ++collection) {
    std::vector<double> values(5000);
    for (double& value : values) value = latency(random);
    ExpectAsSketch(values);
  }
}

TEST_F(RecorderHistogramTest, BothSignsAndZeroGiveTheSameSketch) {
  ExpectAsSketch({-3, -0.25, -1e-3, 0, 0, -0.0, 1e-3, 2, 4, 1024});
  ExpectAsSketch({0});
  ExpectAsSketch({-7, -7});
}

TEST_F(RecorderHistogramTest, BoundsOfBucketsFallIntoTheSameBucket) {
  std::vector<double> values;
  for (std::int32_t index = -200; index <= 200; ++index) {
    const double bound = Sketch::LowerBound(index, Sketch::kDefaultScale);
    values.push_back(bound);
    values.push_back(std::nextafter(bound, 0));
    values.push_back(std::nextafter(bound, 1e9));
  }
  ExpectAsSketch(values);
}

TEST_F(RecorderHistogramTest, ConstantDataKeepsItsExactMinimumAndMaximum) {
  for (int i = 0; i < 3; ++i) {
    ExpectAsSketch({23.5, 23.5, 23.5});
    EXPECT_TRUE(Take().empty());
  }
}

TEST_F(RecorderHistogramTest, MinimumAndMaximumAreThoseSinceTheLastCollection) {
  ExpectAsSketch({1, 1000});
  ExpectAsSketch({10, 20});
  ExpectAsSketch({0.5, 30});
}

TEST_F(RecorderHistogramTest, ValuesAtTheEndsOfDoubleCount) {
  for (const double value : {std::numeric_limits<double>::min(), std::numeric_limits<double>::denorm_min(),
                             std::numeric_limits<double>::max(), 1e-200, 1e200}) {
    histogram_.Record(value);
    histogram_.Record(-value);
  }
  const Sketch sent = Take();
  EXPECT_EQ(sent.count(), 10u);
  EXPECT_EQ(sent.max(), std::numeric_limits<double>::max());
  EXPECT_EQ(sent.min(), -std::numeric_limits<double>::max());
  EXPECT_LE(sent.positive().counts.size(), Sketch::kMaxBuckets);
}

TEST_F(RecorderHistogramTest, SumThatOutgrowsDoubleDoesNotStopTheHistogram) {
  histogram_.Record(1.7e308);
  histogram_.Record(1.7e308);
  EXPECT_EQ(Take().count(), 2u);
  histogram_.Record(1);
  EXPECT_EQ(Take().count(), 1u);
}

}  // namespace
}  // namespace obs
