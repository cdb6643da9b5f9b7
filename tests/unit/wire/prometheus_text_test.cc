#include "wire/prometheus_text.h"

#include <fstream>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/describe_lines.h"
#include "support/golden.h"

namespace obs {
namespace {

std::string ReadTestData(const std::string& name) {
  std::ifstream file(TestPath("unit/wire/testdata/" + name));
  EXPECT_TRUE(file) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string Describe(std::string_view text) {
  return DescribeLines(LineFormat::kPrometheus, text);
}

TEST(PrometheusTextTest, TwoPagesInARow) {
  ExpectGolden("unit/wire/testdata/pages.golden",
               Describe(ReadTestData("page_1.prom") + ReadTestData("page_2.prom")));
}

TEST(PrometheusTextTest, PagesAreRecognisedAmongOtherLines) {
  const std::string pages = ReadTestData("page_1.prom") + ReadTestData("page_2.prom");
  EXPECT_EQ(DescribeLines(LineFormat::kAuto, pages), Describe(pages));
}

TEST(PrometheusTextTest, HistogramIsCompleteWhenTheInputEnds) {
  EXPECT_EQ(
      Describe("# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 3\nh_sum 4\nh_count 3\n"),
      "histogram h total bounds [1] counts [2, 1] sum 4\n");
}

TEST(PrometheusTextTest, HistogramIsCompleteWhenItsNextPageBegins) {
  EXPECT_EQ(Describe("# TYPE h histogram\nh_bucket{le=\"+Inf\"} 3\nh_sum 4\nh_count 3\n"
                     "h_bucket{le=\"+Inf\"} 5\nh_sum 7\nh_count 5\n"),
            "histogram h total bounds [] counts [3] sum 4\nhistogram h total bounds [] counts [5] sum 7\n");
}

TEST(PrometheusTextTest, BucketsMayComeInAnyOrderAndLabelsToo) {
  EXPECT_EQ(Describe("# TYPE h histogram\nh_count{b=\"2\",a=\"1\"} 9\nh_bucket{le=\"10\",a=\"1\",b=\"2\"} 7\n"
                     "h_bucket{a=\"1\",le=\"+Inf\",b=\"2\"} 9\nh_bucket{a=\"1\",b=\"2\",le=\"1e0\"} 4\n"),
            "histogram h{a=\"1\",b=\"2\"} total bounds [1, 10] counts [4, 3, 2] sum 38.5\n");
}

TEST(PrometheusTextTest, MissingInfiniteBucketIsTheCount) {
  EXPECT_EQ(Describe("# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_count 5\n"),
            "histogram h total bounds [1] counts [2, 3] sum 4\n");
  EXPECT_EQ(Describe("# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_sum 1\n"),
            "histogram h total bounds [1] counts [2, 0] sum 1\n");
}

TEST(PrometheusTextTest, UnsoundHistogramIsNamedAndTheRestGoesOn) {
  EXPECT_EQ(Describe("# TYPE h histogram\nh_bucket{a=\"1\",le=\"1\"} 5\nh_bucket{a=\"1\",le=\"2\"} 3\n"
                     "h_bucket{a=\"2\",le=\"1\"} 1\nx 1\n"),
            "histogram h{a=\"2\"} total bounds [1] counts [1, 0] sum 0.5\n"
            "gauge x = 1\n"
            "line 5: histogram \"h{a=\\\"1\\\"}\": a bucket holds less than the one below it\n");
  EXPECT_EQ(Describe("# TYPE h histogram\nh_sum{a=\"1\"} 5\nh_sum{a=\"2\"} 3\n"),
            "end: histogram \"h{a=\\\"1\\\"}\": neither buckets nor a count (and 1 more histograms)\n");
}

TEST(PrometheusTextTest, BadLinesAreNamed) {
  EXPECT_EQ(Describe("# TYPE\n"),
            "line 1: column 7: expected a name and a type after \"# TYPE\", but the line ends\n");
  EXPECT_EQ(Describe("# TYPE h histogram\nh_bucket 5\n"),
            "line 2: column 1: a bucket needs a label le with a number\n");
  EXPECT_EQ(Describe("# TYPE h histogram\nh_bucket{le=\"x\"} 5\n"),
            "line 2: column 1: a bucket needs a label le with a number\n");
  EXPECT_EQ(Describe("# TYPE h histogram\nh_count -1\n"), "line 2: column 1: a count cannot be -1\n");
  EXPECT_EQ(Describe("# TYPE h histogram\nh_count{a=1} 1\n"),
            "line 2: column 11: expected the label's value in double quotes, not \"1}\"\n");
  EXPECT_EQ(Describe("# TYPE c counter\nc -1\n"), "line 2: column 3: a counter cannot be -1\n");
  EXPECT_EQ(Describe("x +Inf\n"), "line 1: column 3: the value is not finite\n");
  EXPECT_EQ(Describe("x 1 y\n"),
            "line 1: column 5: expected a timestamp or the end of the line, not \"y\"\n");
  EXPECT_EQ(Describe("x 1 1700000000000 y\n"),
            "line 1: column 19: expected the end of the line, not \"y\"\n");
  EXPECT_EQ(Describe("x\n"), "line 1: column 2: expected a value, but the line ends\n");
}

TEST(PrometheusTextTest, SuffixesCountOnlyInTheirKindOfFamily) {
  EXPECT_EQ(Describe("# TYPE node counter\nnode_load 3\nnode_count 3\n# TYPE g gauge\ng_count 4\n"),
            "gauge node_load = 3\ngauge node_count = 3\ngauge g_count = 4\n");
}

TEST(PrometheusTextTest, WhatOpenMetricsAddsIsUnderstoodOrSkipped) {
  EXPECT_EQ(
      Describe(
          "# TYPE hits counter\n# UNIT hits requests\nhits_total 5 1700000000.5 # {trace_id=\"x\"} 1\n"
          "hits_created 1700000000\n"
          "# TYPE h histogram\nh_bucket{le=\"1\"} 2 # {trace_id=\"x\"} 0.5\nh_count 2\nh_sum 1\n# EOF\n"),
      "counter hits_total total 5 @1700000000500000000\nhistogram h total bounds [1] counts [2, 0] sum 1\n");
}

}  // namespace
}  // namespace obs
