#include "model/sketch.h"

#include <algorithm>
#include <bit>
#include <cfloat>
#include <cmath>
#include <random>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

constexpr double kErrorBound = 0.0055;  // what sketch.h promises at scale 6
constexpr std::array kQs{0.0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0};

// The observation of rank ceil(q * n).
double ExactQuantile(const std::vector<double>& sorted, double q) {
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

void ExpectQuantilesWithin(double error, const Sketch& sketch, std::vector<double> data) {
  std::ranges::sort(data);
  for (const double q : kQs) {
    const double exact = ExactQuantile(data, q);
    EXPECT_NEAR(sketch.Quantile(q), exact, std::abs(exact) * error) << "at q = " << q;
  }
}

Sketch SketchOf(const std::vector<double>& data) {
  Sketch sketch;
  for (const double value : data) sketch.Insert(value);
  return sketch;
}

struct Shape {
  std::string name;
  std::vector<double> data;
};

// Each over a range of at least 10^6, but for the constant.
std::vector<Shape> Shapes() {
  constexpr std::size_t kCount = 200'000;
  std::mt19937_64 random(20240229);
  std::uniform_real_distribution<double> uniform(1, 1e6);
  std::lognormal_distribution<double> log_normal(0, 1.6);
  std::normal_distribution<double> fast(0.002, 0.0001);
  std::normal_distribution<double> slow(2000, 150);
  std::vector<Shape> shapes{{"uniform", {1, 1e6}}, {"log-normal", {}}, {"bimodal", {}}, {"constant", {}}};
  for (std::size_t k = 0; k < kCount; ++k) {
    shapes[0].data.push_back(uniform(random));
    shapes[1].data.push_back(log_normal(random));
    shapes[2].data.push_back(std::abs(k % 3 == 0 ? slow(random) : fast(random)));
    shapes[3].data.push_back(23.5);
  }
  return shapes;
}

TEST(SketchTest, TestDataSpansSixDecades) {
  for (const Shape& shape : Shapes()) {
    if (shape.name == "constant") continue;
    const auto [low, high] = std::ranges::minmax(shape.data);
    EXPECT_GE(high / low, 1e6) << shape.name;
  }
}

TEST(SketchTest, QuantilesOfInsertedDataAreWithinTheErrorBound) {
  for (const Shape& shape : Shapes()) {
    SCOPED_TRACE(shape.name);
    const Sketch sketch = SketchOf(shape.data);
    EXPECT_EQ(sketch.scale(), Sketch::kDefaultScale);
    ExpectQuantilesWithin(kErrorBound, sketch, shape.data);
  }
}

TEST(SketchTest, QuantilesOfNegativeDataAreWithinTheErrorBound) {
  for (Shape& shape : Shapes()) {
    SCOPED_TRACE(shape.name);
    for (std::size_t k = 0; k < shape.data.size(); k += 3) shape.data[k] = -shape.data[k];
    for (std::size_t k = 1; k < shape.data.size(); k += 30) shape.data[k] = 0;
    ExpectQuantilesWithin(kErrorBound, SketchOf(shape.data), shape.data);
  }
}

TEST(SketchTest, MergeOfPartsEqualsTheWhole) {
  for (Shape& shape : Shapes()) {
    SCOPED_TRACE(shape.name);
    for (double& value : shape.data) value = std::round(value * 1024) / 1024;  // so that sums are exact
    std::array<Sketch, 7> parts;
    for (std::size_t k = 0; k < shape.data.size(); ++k) parts[k % 7].Insert(shape.data[k]);
    Sketch merged;
    for (const Sketch& part : parts) merged.Merge(part);
    EXPECT_EQ(merged, SketchOf(shape.data));
  }
}

TEST(SketchTest, MergeWithItselfDoublesIt) {
  Sketch sketch = SketchOf({1, 2, 3, -4, 0});
  sketch.Merge(sketch);
  EXPECT_EQ(sketch, SketchOf({1, 2, 3, -4, 0, 1, 2, 3, -4, 0}));
}

TEST(SketchTest, SubtractLeavesQuantilesOfTheRestWithinTheErrorBound) {
  for (const Shape& shape : Shapes()) {
    SCOPED_TRACE(shape.name);
    const auto half = shape.data.begin() + static_cast<std::ptrdiff_t>(shape.data.size() / 2);
    const std::vector<double> gone(shape.data.begin(), half);
    const std::vector<double> left(half, shape.data.end());
    Sketch sketch = SketchOf(shape.data);
    sketch.Subtract(SketchOf(gone));
    EXPECT_EQ(sketch.count(), left.size());
    ExpectQuantilesWithin(kErrorBound, sketch, left);
    EXPECT_LE(sketch.min(), *std::ranges::min_element(left));
    EXPECT_GE(sketch.max(), *std::ranges::max_element(left));
  }
}

TEST(SketchTest, SubtractTightensTheExtremesToTheBucketsLeft) {
  Sketch sketch = SketchOf({0.001, 50, 1e6});
  sketch.Subtract(SketchOf({0.001, 1e6}));
  EXPECT_NEAR(sketch.min(), 50, 50 * 0.011);
  EXPECT_NEAR(sketch.max(), 50, 50 * 0.011);
  EXPECT_LE(sketch.min(), 50);
  EXPECT_GE(sketch.max(), 50);
}

TEST(SketchTest, SubtractOfEverythingLeavesAnEmptySketch) {
  Sketch sketch = SketchOf({0.1, 0.2, -7, 0});
  sketch.Subtract(SketchOf({0.1, 0.2, -7, 0}));
  EXPECT_EQ(sketch, Sketch());
}

TEST(SketchTest, SubtractWorksAcrossScales) {
  Sketch sketch = SketchOf({1, 2, 3, 4});
  sketch.ReduceScale(3);
  sketch.Subtract(SketchOf({1, 2}));
  EXPECT_EQ(sketch.count(), 2u);
  EXPECT_NEAR(sketch.Quantile(1), 4, 4 * 0.05);
}

TEST(SketchTest, EachLowerScaleDoublesTheErrorAtMost) {
  for (const Shape& shape : Shapes()) {
    for (int scale = 5; scale >= 0; --scale) {
      SCOPED_TRACE(shape.name + " at scale " + std::to_string(scale));
      Sketch sketch = SketchOf(shape.data);
      sketch.ReduceScale(scale);
      const double base = std::exp2(std::exp2(-scale));
      ExpectQuantilesWithin((base - 1) / (base + 1) + 1e-12, sketch, shape.data);
    }
  }
}

TEST(SketchTest, ReducedScaleEqualsInsertingAtThatScale) {
  for (const int scale : {5, 2, 0, -3, -10}) {
    Sketch coarse(scale);
    Sketch fine;
    for (double value = -1000; value <= 1000; value += 0.125) {
      coarse.Insert(value);
      fine.Insert(value);
    }
    fine.ReduceScale(scale);
    EXPECT_EQ(fine, coarse) << "at scale " << scale;
  }
}

TEST(SketchTest, RangeBeyondItsBucketsLowersTheScale) {
  Sketch sketch = SketchOf({1, std::exp2(31)});
  EXPECT_EQ(sketch.scale(), 6);
  sketch.Insert(std::exp2(40));
  EXPECT_EQ(sketch.scale(), 5);
  sketch.Insert(5e-324);
  sketch.Insert(DBL_MAX);
  EXPECT_EQ(sketch.scale(), -1);
  EXPECT_LE(sketch.positive().counts.size(), Sketch::kMaxBuckets);
  EXPECT_EQ(sketch.count(), 5u);
  EXPECT_EQ(sketch.min(), 5e-324);
  EXPECT_EQ(sketch.max(), DBL_MAX);
}

TEST(SketchTest, MergeOfFarApartPartsLowersTheScale) {
  Sketch low = SketchOf({1e-9, 2e-9});
  low.Merge(SketchOf({1e9, 2e9}));
  EXPECT_EQ(low.scale(), 5);
  EXPECT_EQ(low, SketchOf({1e-9, 2e-9, 1e9, 2e9}));
}

TEST(SketchTest, QuantileOfConstantDataIsThatConstant) {
  for (const double constant : {23.5, -0.1, 0.0, 5e-324, DBL_MAX, -DBL_MAX}) {
    Sketch sketch;
    sketch.Insert(constant, 1000);
    for (const double q : kQs) EXPECT_EQ(sketch.Quantile(q), constant);
  }
}

TEST(SketchTest, ZerosLieBetweenNegativesAndPositives) {
  Sketch sketch = SketchOf({-1, 0, 0, -0.0, 1});
  EXPECT_EQ(sketch.zero_count(), 3u);
  EXPECT_EQ(sketch.Quantile(0.5), 0);
  EXPECT_NEAR(sketch.Quantile(0.2), -1, kErrorBound);
  EXPECT_EQ(sketch.Quantile(0.21), 0);
  EXPECT_EQ(sketch.Quantile(0.8), 0);
  EXPECT_NEAR(sketch.Quantile(0.81), 1, kErrorBound);
}

TEST(SketchTest, EmptySketchHasNoQuantiles) {
  const Sketch sketch;
  EXPECT_TRUE(sketch.empty());
  EXPECT_TRUE(std::isnan(sketch.Quantile(0.5)));
  EXPECT_TRUE(std::isnan(sketch.min()));
  EXPECT_TRUE(std::isnan(sketch.max()));
  EXPECT_EQ(sketch.sum(), 0);
}

TEST(SketchTest, QuantilesAtOnceAgreeWithEachAlone) {
  const Sketch sketch = SketchOf(Shapes()[1].data);
  std::array<double, kQs.size()> at_once{};
  sketch.Quantiles(kQs, at_once);
  for (std::size_t k = 0; k < kQs.size(); ++k) EXPECT_EQ(at_once[k], sketch.Quantile(kQs[k]));
}

TEST(SketchTest, InsertManyTimesEqualsManyInserts) {
  Sketch at_once;
  at_once.Insert(2.5, 3);
  at_once.Insert(9, 0);
  EXPECT_EQ(at_once, SketchOf({2.5, 2.5, 2.5}));
}

TEST(SketchTest, SumSaturatesInsteadOfBecomingInfinite) {
  EXPECT_EQ(SketchOf({DBL_MAX, DBL_MAX}).sum(), DBL_MAX);
  EXPECT_EQ(SketchOf({-DBL_MAX, -DBL_MAX}).sum(), -DBL_MAX);
}

TEST(SketchTest, CountsThatWrapAroundDoNoHarm) {
  Sketch half;
  half.Insert(1, std::uint64_t{1} << 63);
  half.Insert(1000);
  Sketch sketch;
  sketch.Merge(half);
  sketch.Merge(half);  // the bucket of 1 holds 0 now
  sketch.Subtract(SketchOf({1000}));
  EXPECT_TRUE(std::isfinite(sketch.Quantile(0.5)));
  sketch.Subtract(half);
  sketch.Subtract(half);
  EXPECT_EQ(sketch, Sketch());
}

TEST(SketchTest, ClearedSketchEqualsANewOne) {
  Sketch sketch = SketchOf({1, -2, 0});
  sketch.Clear();
  EXPECT_EQ(sketch, Sketch());
  sketch.Insert(7);
  EXPECT_EQ(sketch, SketchOf({7}));
}

TEST(SketchTest, BucketsAreVisitedByRisingBound) {
  const Sketch sketch = SketchOf({-4, -1, 0, 1, 1, 8});
  std::vector<std::pair<double, std::uint64_t>> seen;
  sketch.ForEachBucket([&](double bound, std::uint64_t count) { seen.emplace_back(bound, count); });
  ASSERT_EQ(seen.size(), 5u);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  EXPECT_EQ(seen[2], std::pair(0.0, std::uint64_t{1}));
  EXPECT_EQ(seen[3], std::pair(1.0, std::uint64_t{2}));  // powers of two are bounds
  EXPECT_EQ(seen[4], std::pair(8.0, std::uint64_t{1}));
}

// ---- Where the buckets lie ----

TEST(SketchBucketsTest, PowersOfTwoAreUpperBounds) {
  for (int exponent = -1074; exponent <= 1023; ++exponent) {
    const double power = std::ldexp(1.0, exponent);
    ASSERT_EQ(Sketch::BucketIndex(power, 6), exponent * 64 - 1) << exponent;
    ASSERT_EQ(Sketch::BucketIndex(power, 0), exponent - 1) << exponent;
    if (exponent < 1023 && exponent > -1022) {
      ASSERT_EQ(Sketch::BucketIndex(std::nextafter(power, DBL_MAX), 6), exponent * 64) << exponent;
    }
  }
}

TEST(SketchBucketsTest, EveryBoundSeparatesNeighbours) {
  for (std::int32_t index = -1022 * 64; index < 1024 * 64 - 1; ++index) {
    const double upper = Sketch::UpperBound(index, 6);
    ASSERT_EQ(Sketch::BucketIndex(upper, 6), index);
    ASSERT_EQ(Sketch::BucketIndex(std::nextafter(upper, DBL_MAX), 6), index + 1);
    ASSERT_EQ(Sketch::LowerBound(index + 1, 6), upper);
  }
}

TEST(SketchBucketsTest, BoundsAreThoseOfTheDefinition) {
  for (int index = -100; index < 100; ++index) {
    const long double exact = std::exp2(static_cast<long double>(index) / 64);
    const double bound = Sketch::LowerBound(index, 6);
    EXPECT_LE(bound, exact);
    EXPECT_GE(std::nextafter(bound, DBL_MAX), exact);
  }
}

TEST(SketchBucketsTest, AnyValueLiesWithinItsBucket) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 1'000'000; ++round) {
    const double value = std::abs(std::bit_cast<double>(random()));
    if (!std::isfinite(value) || value == 0) continue;
    for (const int scale : {6, 3, 0, -4, -10}) {
      const std::int32_t index = Sketch::BucketIndex(value, scale);
      ASSERT_GT(value, Sketch::LowerBound(index, scale)) << value << " at scale " << scale;
      ASSERT_LE(value, Sketch::UpperBound(index, scale)) << value << " at scale " << scale;
    }
  }
}

TEST(SketchBucketsTest, SubnormalsLieWithinTheirBuckets) {
  for (std::uint64_t bits = 1; bits < 1u << 20; bits += 1 + bits / 64) {
    const double value = std::bit_cast<double>(bits);
    const std::int32_t index = Sketch::BucketIndex(value, 6);
    ASSERT_GT(value, Sketch::LowerBound(index, 6)) << bits;
    ASSERT_LE(value, Sketch::UpperBound(index, 6)) << bits;
  }
}

TEST(SketchBucketsTest, LargestDoubleIsTheLastBound) {
  const std::int32_t last = Sketch::BucketIndex(DBL_MAX, 6);
  EXPECT_EQ(last, 1024 * 64 - 1);
  EXPECT_EQ(Sketch::UpperBound(last, 6), DBL_MAX);
  EXPECT_EQ(Sketch::UpperBound(Sketch::BucketIndex(DBL_MAX, -10), -10), DBL_MAX);
}

// ---- From the wire ----

TEST(SketchFromPartsTest, PartsOfASketchMakeItAgain) {
  const Sketch sketch = SketchOf({-3, -0.25, 0, 0, 1, 2.5, 1000});
  Sketch copy;
  ASSERT_TRUE(Sketch::FromParts(sketch.scale(), sketch.zero_count(), sketch.positive(), sketch.negative(),
                                sketch.count(), sketch.sum(), sketch.min(), sketch.max(), &copy)
                  .ok());
  EXPECT_EQ(copy, sketch);
}

TEST(SketchFromPartsTest, FinerScaleIsMergedDown) {
  // At scale 20, values around 2: indices close to 2^20.
  Sketch sketch;
  ASSERT_TRUE(Sketch::FromParts(20, 0, {(1 << 20) - 2, {1, 2, 3}}, {}, 6, 12, 1.99, 2.01, &sketch).ok());
  EXPECT_EQ(sketch.scale(), 6);
  EXPECT_EQ(sketch.positive().offset, 63);
  EXPECT_THAT(sketch.positive().counts, testing::ElementsAre(3, 3));
}

TEST(SketchFromPartsTest, CoarserScaleIsKept) {
  Sketch sketch;
  ASSERT_TRUE(Sketch::FromParts(-2, 0, {0, {4}}, {}, 4, 20, 2, 16, &sketch).ok());
  EXPECT_EQ(sketch.scale(), -2);
  EXPECT_EQ(sketch.max(), 16);
}

TEST(SketchFromPartsTest, EmptyEndsAreDropped) {
  Sketch sketch;
  ASSERT_TRUE(Sketch::FromParts(6, 0, {-3, {0, 0, 0, 5, 0, 1, 0}}, {7, {0, 0}}, 6, 6, 1, 1.03, &sketch).ok());
  EXPECT_EQ(sketch.positive().offset, 0);
  EXPECT_THAT(sketch.positive().counts, testing::ElementsAre(5, 0, 1));
  EXPECT_TRUE(sketch.negative().counts.empty());
}

TEST(SketchFromPartsTest, UnsetExtremesBecomeTheOutermostBounds) {
  Sketch sketch;
  ASSERT_TRUE(Sketch::FromParts(0, 0, {3, {1, 1}}, {}, 2, 30, 0, 0, &sketch).ok());
  EXPECT_EQ(sketch.min(), 8);
  EXPECT_EQ(sketch.max(), 32);
}

TEST(SketchFromPartsTest, WideRunsOfBucketsLowerTheScale) {
  Sketch sketch;
  ASSERT_TRUE(
      Sketch::FromParts(6, 0, {0, std::vector<std::uint64_t>(5000, 1)}, {}, 5000, 1, 1, 2, &sketch).ok());
  EXPECT_EQ(sketch.scale(), 4);
  EXPECT_EQ(sketch.count(), 5000u);
}

struct BadParts {
  std::string what;
  int scale;
  std::uint64_t zeros;
  Sketch::Buckets positive;
  std::uint64_t count;
  double sum, min, max;
};

TEST(SketchFromPartsTest, BadPartsAreNamed) {
  const double nan = std::nan("");
  const std::vector<BadParts> cases{
      {"scale 21", 21, 0, {0, {1}}, 1, 1, 1, 1},
      {"scale -11", -11, 0, {0, {1}}, 1, 1, 1, 1},
      {"count is 3", 6, 1, {0, {1}}, 3, 1, 1, 1},
      {"overflow", 6, 0, {0, {UINT64_MAX, 2}}, 1, 1, 1, 1},
      {"min 2 is above max 1", 6, 0, {0, {1}}, 1, 1, 2, 1},
      {"not finite", 6, 0, {0, {1}}, 1, nan, 1, 1},
      {"not finite", 6, 0, {0, {1}}, 1, 1, -HUGE_VAL, 1},
      {"positive bucket 65536", 6, 0, {65536, {1}}, 1, 1, 1, 1},
      {"positive bucket 2147483648", 6, 0, {INT32_MAX, {0, 1}}, 1, 1, 1, 1},
      {"positive bucket -2147483648", 0, 0, {INT32_MIN, {1}}, 1, 1, 1, 1},
      {"positive bucket 1 at scale -10", -10, 0, {1, {1}}, 1, 1, 1, 1},
  };
  for (const BadParts& bad : cases) {
    Sketch untouched;
    const absl::Status status = Sketch::FromParts(bad.scale, bad.zeros, bad.positive, {}, bad.count, bad.sum,
                                                  bad.min, bad.max, &untouched);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr(bad.what));
    EXPECT_EQ(untouched, Sketch());
  }
}

}  // namespace
}  // namespace obs
