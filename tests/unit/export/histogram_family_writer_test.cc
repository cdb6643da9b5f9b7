#include "export/histogram_family_writer.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;

Sketch SketchOf(const std::vector<double>& values) {
  Sketch sketch;
  for (const double value : values) sketch.Insert(value);
  return sketch;
}

std::string Write(const std::vector<Distribution>& distributions) {
  HistogramFamilyWriter family;
  std::vector<std::string> labels;
  labels.reserve(distributions.size());
  for (std::size_t i = 0; i < distributions.size(); ++i) {
    family.Add(labels.emplace_back("i=\"" + std::to_string(i) + "\""), distributions[i]);
  }
  std::string page;
  family.Write("h", page);
  return page;
}

// Bounds and cumulative counts of series `i`, as they stand there.
std::vector<std::pair<std::string, std::uint64_t>> BucketsOf(const std::string& page, int i) {
  const std::string head = "h_bucket{i=\"" + std::to_string(i) + "\",le=\"";
  std::vector<std::pair<std::string, std::uint64_t>> buckets;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (!absl::StartsWith(line, head)) continue;
    const std::string rest = line.substr(head.size());
    buckets.emplace_back(rest.substr(0, rest.find('"')), std::stoull(rest.substr(rest.find(' '))));
  }
  return buckets;
}

double BoundOf(const std::string& le) {
  return le == "+Inf" ? std::numeric_limits<double>::infinity() : std::strtod(le.c_str(), nullptr);
}

void ExpectCountsOf(const std::vector<double>& values, const std::string& page, int i) {
  const auto buckets = BucketsOf(page, i);
  ASSERT_FALSE(buckets.empty());
  for (const auto& [le, count] : buckets) {
    const auto below =
        std::count_if(values.begin(), values.end(), [&](double v) { return v <= BoundOf(le); });
    EXPECT_EQ(count, static_cast<std::uint64_t>(below)) << "le=" << le;
  }
  EXPECT_EQ(buckets.back(), std::pair(std::string("+Inf"), static_cast<std::uint64_t>(values.size())));
}

TEST(HistogramFamilyWriterTest, SketchIsExactlyThis) {
  EXPECT_EQ(Write({SketchOf({0, 1.5, 1.5, 2})}),
            "h_bucket{i=\"0\",le=\"0\"} 1\n"
            "h_bucket{i=\"0\",le=\"1\"} 1\n"
            "h_bucket{i=\"0\",le=\"1.189207115002721\"} 1\n"
            "h_bucket{i=\"0\",le=\"1.414213562373095\"} 1\n"
            "h_bucket{i=\"0\",le=\"1.681792830507429\"} 3\n"
            "h_bucket{i=\"0\",le=\"2\"} 4\n"
            "h_bucket{i=\"0\",le=\"+Inf\"} 4\n"
            "h_sum{i=\"0\"} 5\n"
            "h_count{i=\"0\"} 4\n");
}

TEST(HistogramFamilyWriterTest, EveryBucketCountsWhatLiesBelowItsBound) {
  std::mt19937 random(1);
  std::lognormal_distribution<double> log_normal(0, 2);
  std::vector<double> values;
  for (int i = 0; i < 10'000; ++i) values.push_back(log_normal(random) * (i % 5 == 0 ? -1 : 1));
  values.insert(values.end(), 7, 0.0);
  ExpectCountsOf(values, Write({SketchOf(values)}), 0);
}

TEST(HistogramFamilyWriterTest, SketchesOfOneFamilyShareTheirBounds) {
  const std::vector<double> low = {0.001, 0.002}, high = {900, 1000}, both_signs = {-5, 0, 5};
  const std::string page = Write({SketchOf(low), SketchOf(high), SketchOf(both_signs), SketchOf({})});
  std::vector<std::string> bounds;
  for (const auto& [le, count] : BucketsOf(page, 0)) bounds.push_back(le);
  for (int i = 1; i < 4; ++i) {
    std::vector<std::string> others;
    for (const auto& [le, count] : BucketsOf(page, i)) others.push_back(le);
    EXPECT_EQ(others, bounds) << i;
  }
  ExpectCountsOf(low, page, 0);
  ExpectCountsOf(high, page, 1);
  ExpectCountsOf(both_signs, page, 2);
  ExpectCountsOf({}, page, 3);
}

TEST(HistogramFamilyWriterTest, BoundsRiseAndCountsNeverFall) {
  const auto buckets = BucketsOf(Write({SketchOf({-1e6, -3, -0.25, 0, 1e-3, 4, 1e7})}), 0);
  for (std::size_t i = 1; i < buckets.size(); ++i) {
    EXPECT_LT(BoundOf(buckets[i - 1].first), BoundOf(buckets[i].first));
    EXPECT_LE(buckets[i - 1].second, buckets[i].second);
  }
}

TEST(HistogramFamilyWriterTest, RangeMovesByWholeOctavesOnly) {
  EXPECT_EQ(BucketsOf(Write({SketchOf({1.5})}), 0).size(),
            BucketsOf(Write({SketchOf({1.1, 1.9})}), 0).size());
}

TEST(HistogramFamilyWriterTest, WidestRangeStaysWithinItsLines) {
  const std::vector<double> values = {-1.7e308, -1e-308, 5e-324, 1e-300, 1.0, 1.7e308};
  const std::string page = Write({SketchOf(values)});
  EXPECT_LE(BucketsOf(page, 0).size(), HistogramFamilyWriter::kMaxBounds + 5);
  ExpectCountsOf(values, page, 0);
  EXPECT_THAT(page, ::testing::Not(HasSubstr("-Inf")));
}

TEST(HistogramFamilyWriterTest, SketchesOfDifferentScalesShareTheLowest) {
  const std::vector<double> fine = {1, 2, 3, 4}, coarse = {1e-200, 1, 1e200};
  const std::string page = Write({SketchOf(fine), SketchOf(coarse)});
  ExpectCountsOf(fine, page, 0);
  ExpectCountsOf(coarse, page, 1);
}

TEST(HistogramFamilyWriterTest, ExplicitBucketsKeepTheirBounds) {
  const auto histogram = ExplicitHistogram::Create({0.1, 1, 2.5}, {3, 0, 4, 5}, 42.5);
  ASSERT_TRUE(histogram.ok());
  const std::string page = Write({*histogram, SketchOf({1})});
  EXPECT_THAT(BucketsOf(page, 0),
              ElementsAre(Pair("0.1", 3), Pair("1", 3), Pair("2.5", 7), Pair("+Inf", 12)));
  EXPECT_THAT(page, HasSubstr("h_sum{i=\"0\"} 42.5\nh_count{i=\"0\"} 12\n"));
  ExpectCountsOf({1}, page, 1);
}

TEST(HistogramFamilyWriterTest, WriteForgetsWhatItWrote) {
  HistogramFamilyWriter family;
  family.Add("a=\"1\"", SketchOf({1}));
  std::string first, second;
  family.Write("h", first);
  family.Write("h", second);
  EXPECT_EQ(second, "");
}

}  // namespace
}  // namespace obs
