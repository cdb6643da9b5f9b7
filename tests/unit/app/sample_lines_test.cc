#include "app/sample_lines.h"

#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000'123;

LiveSample Gauge(double value) {
  return {std::make_shared<const SeriesIdentity>(SeriesIdentity{
              "cpu", MetricKind::kGauge, "api", "api-1", {{"core", "0"}, {"path", "a,\"b\""}}}),
          kNow,
          false,
          value,
          {}};
}

LiveSample Histogram() {
  HistogramState state;
  state.count = 10;
  state.sum = 1.5;
  state.window_count = 2;
  state.p50 = 0.1, state.p90 = 0.2, state.p95 = 0.3, state.p99 = 0.4, state.p999 = 0.5, state.min = 0.05;
  state.max = 0.6;
  state.buckets = {{0.5, 1}, {std::numeric_limits<double>::infinity(), 1}};
  return {std::make_shared<const SeriesIdentity>(
              SeriesIdentity{"latency", MetricKind::kHistogram, "api", "api-1", {}}),
          kNow, true, 0, state};
}

std::string Line(SampleLines& lines, const LiveSample& sample) {
  std::string out;
  lines.AppendSample(out, sample);
  return out;
}

TEST(SampleLinesTest, TextIsTimeSourceSeriesAndValue) {
  const auto lines = SampleLines::Text();
  const std::string gauge = Line(*lines, Gauge(12.5));
  EXPECT_EQ(gauge.substr(5), ":20.000  api/api-1  cpu{core=\"0\",path=\"a,\\\"b\\\"\"}  12.5\n");
  EXPECT_THAT(Line(*lines, Histogram()),
              ::testing::EndsWith("latency" + std::string(gauge.find("12.5") - gauge.find("cpu") - 7, ' ') +
                                  "count=10 sum=1.5 p50=0.1 p90=0.2 p99=0.4 max=0.6\n"))
      << "columns stay as wide as they were";
}

TEST(SampleLinesTest, JsonIsAsInFrames) {
  const auto lines = SampleLines::Json();
  EXPECT_EQ(Line(*lines, Gauge(12.5)),
            "{\"name\":\"cpu\",\"service\":\"api\",\"instance\":\"api-1\",\"labels\":{\"core\":\"0\","
            "\"path\":\"a,\\\"b\\\"\"},\"kind\":\"gauge\",\"timestamp\":1700000000000.123,\"value\":12.5}\n");
  EXPECT_EQ(
      Line(*lines, Histogram()),
      "{\"name\":\"latency\",\"service\":\"api\",\"instance\":\"api-1\",\"labels\":{},\"kind\":\"histogram\","
      "\"history\":true,\"timestamp\":1700000000000.123,\"count\":10,\"sum\":1.5,\"p50\":0.1,\"p90\":0.2,"
      "\"p95\":0.3,\"p99\":0.4,\"p999\":0.5,\"min\":0.05,\"max\":0.6,\"buckets\":[[0.5,1],[\"+Inf\",1]]}\n");
}

TEST(SampleLinesTest, CsvQuotesWhatNeedsIt) {
  const auto lines = SampleLines::Csv();
  std::string header;
  lines->AppendHeader(header);
  EXPECT_EQ(header,
            "timestamp,service,instance,name,labels,kind,value,count,sum,p50,p90,p95,p99,p999,min,max\n");
  EXPECT_EQ(Line(*lines, Gauge(12.5)),
            "1700000000000.123,api,api-1,cpu,\"core=\"\"0\"\",path=\"\"a,\\\"\"b\\\"\"\"\"\",gauge,12.5,,,,,,"
            ",,,\n");
  EXPECT_EQ(Line(*lines, Histogram()),
            "1700000000000.123,api,api-1,latency,,histogram,,10,1.5,0.1,0.2,0.3,0.4,0.5,0.05,0.6\n");
}

}  // namespace
}  // namespace obs
