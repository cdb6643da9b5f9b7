#include "app/sample_router.h"

#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "telemetry.pb.h"
#include "wire/line_parser.h"

namespace obs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr std::int64_t kNow = 1'750'000'000'000'000'000;

// Feeds lines through the parser and decodes what comes out with the protocol's own code.
class SampleRouterTest : public ::testing::Test {
 protected:
  absl::Status Add(std::string_view line) {
    LineParser parser(LineFormat::kAuto);
    if (auto status = parser.Parse(line); !status.ok()) return status;
    for (const ParsedSample& sample : parser.samples()) {
      if (auto status = router_.Add(sample, kNow); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  void Take(const SampleRouter::Source& source, const EncodedBatch& batch) {
    // Announced one time for all, as a publisher does it.
    std::string bytes;
    source.catalog.AppendAnnouncements(0, batch.ref_limit, bytes.max_size(), bytes);
    telemetry::TelemetryBatch decoded;
    ASSERT_TRUE(decoded.ParseFromString(bytes + batch.bytes));
    sources_.push_back(source.service + "/" + source.instance);
    sizes_.push_back(batch.samples);
    batches_.push_back(std::move(decoded));
  }

  std::string SeriesOf(const telemetry::TelemetryBatch& batch, std::uint32_t ref) {
    const auto& series = batch.series(static_cast<int>(ref));
    std::map<std::string, std::string> labels(series.labels().begin(), series.labels().end());
    std::string text = telemetry::Kind_Name(series.kind()) + " " + series.name();
    for (const auto& [name, value] : labels) text += " " + name + "=" + value;
    return text;
  }

  std::vector<std::string> sources_;
  std::vector<std::uint64_t> sizes_;
  std::vector<telemetry::TelemetryBatch> batches_;
  SampleRouter router_{
      "svc", "inst", LabelSet{{"env", "test"}},
      [this](const SampleRouter::Source& source, EncodedBatch batch) { Take(source, batch); }};
};

TEST_F(SampleRouterTest, SampleLeavesWithItsSeriesCommonLabelsAndTime) {
  ASSERT_TRUE(Add("temp{room=\"1\"} 21.5").ok());
  EXPECT_EQ(1u, router_.pending());
  router_.Flush();
  EXPECT_EQ(0u, router_.pending());
  ASSERT_THAT(sources_, ElementsAre("svc/inst"));
  EXPECT_EQ("KIND_GAUGE temp env=test room=1", SeriesOf(batches_[0], 0));
  EXPECT_EQ(kNow, batches_[0].columns(0).base_timestamp());
  EXPECT_THAT(batches_[0].columns(0).values(), ElementsAre(21.5));
}

TEST_F(SampleRouterTest, OwnLabelWinsOverCommonOne) {
  ASSERT_TRUE(Add("temp{env=\"prod\"} 1").ok());
  router_.Flush();
  EXPECT_EQ("KIND_GAUGE temp env=prod", SeriesOf(batches_[0], 0));
}

TEST_F(SampleRouterTest, SameSeriesHasOneRefHoweverItIsWritten) {
  ASSERT_TRUE(Add("t{a=\"1\",b=\"2\"} 1").ok());
  ASSERT_TRUE(Add("t{a=\"1\",b=\"2\"} 2").ok());
  ASSERT_TRUE(Add("t{ b=\"2\", a=\"1\" } 3").ok());
  router_.Flush();
  EXPECT_EQ(1, batches_[0].series_size());
  EXPECT_THAT(batches_[0].columns(0).refs(), ElementsAre(0, 0, 0));
  EXPECT_THAT(batches_[0].columns(0).values(), ElementsAre(1, 2, 3));
}

TEST_F(SampleRouterTest, OneNameWithTwoKindsIsTwoSeries) {
  ASSERT_TRUE(Add("gauge x 1").ok());
  ASSERT_TRUE(Add("histogram x 1").ok());
  router_.Flush();
  EXPECT_EQ("KIND_GAUGE x env=test", SeriesOf(batches_[0], 0));
  EXPECT_EQ("KIND_HISTOGRAM x env=test", SeriesOf(batches_[0], 1));
}

TEST_F(SampleRouterTest, CounterIsASharedTotalAndMayGrowByIncrements) {
  ASSERT_TRUE(Add("counter hits_total 5").ok());
  ASSERT_TRUE(Add("counter hits_total +2").ok());
  router_.Flush();
  ASSERT_EQ(1, batches_[0].series_size());
  EXPECT_TRUE(batches_[0].series(0).shared_total());
  ASSERT_EQ(2, batches_[0].columns_size());
  EXPECT_FALSE(batches_[0].columns(0).increments());
  EXPECT_THAT(batches_[0].columns(0).values(), ElementsAre(5));
  EXPECT_TRUE(batches_[0].columns(1).increments());
  EXPECT_THAT(batches_[0].columns(1).values(), ElementsAre(2));
}

TEST_F(SampleRouterTest, GaugeIsNotASharedTotal) {
  ASSERT_TRUE(Add("gauge x 1").ok());
  router_.Flush();
  EXPECT_FALSE(batches_[0].series(0).shared_total());
}

TEST_F(SampleRouterTest, ObservationMadeManyTimesLeavesAsOneSketch) {
  ASSERT_TRUE(Add("rtt:8|ms|@0.1").ok());
  router_.Flush();
  ASSERT_EQ(1, batches_[0].histograms_size());
  EXPECT_EQ(10u, batches_[0].histograms(0).histogram().sketch().count());
  EXPECT_EQ(80, batches_[0].histograms(0).histogram().sketch().sum());
}

TEST_F(SampleRouterTest, HistogramOfAnExpositionIsARunningTotal) {
  const Distribution total = *ExplicitHistogram::Create({1, 2}, {3, 4, 0}, 7.5);
  ParsedSample sample;
  sample.series = "rtt";
  sample.kind = MetricKind::kHistogram;
  sample.form = ParsedSample::Form::kRunningDistribution;
  sample.distribution = &total;
  ASSERT_TRUE(router_.Add(sample, 1000).ok());
  router_.Flush();
  ASSERT_EQ(1, batches_[0].histograms_size());
  EXPECT_TRUE(batches_[0].histograms(0).running_total());
  EXPECT_THAT(batches_[0].histograms(0).histogram().counts(), ElementsAre(3, 4, 0));
}

TEST_F(SampleRouterTest, ExplicitBucketsStayExplicit) {
  ASSERT_TRUE(Add(R"({"kind":"histogram","name":"rtt","bounds":[1,2],"counts":[3,4,0],"sum":7.5})").ok());
  router_.Flush();
  ASSERT_EQ(1, batches_[0].histograms_size());
  const auto& histogram = batches_[0].histograms(0).histogram();
  EXPECT_THAT(histogram.bounds(), ElementsAre(1, 2));
  EXPECT_THAT(histogram.counts(), ElementsAre(3, 4, 0));
  EXPECT_EQ(7.5, histogram.sum());
}

TEST_F(SampleRouterTest, TimestampOfTheLineIsKept) {
  ASSERT_TRUE(Add("x 1 1749999999.5").ok());
  router_.Flush();
  EXPECT_EQ(1'749'999'999'500'000'000, batches_[0].columns(0).base_timestamp());
}

TEST_F(SampleRouterTest, LineThatSaysWhomItIsFromGoesIntoABatchOfThat) {
  ASSERT_TRUE(Add(R"({"name":"a","value":1,"service":"web","instance":"w1"})").ok());
  ASSERT_TRUE(Add(R"({"name":"b","value":2})").ok());
  ASSERT_TRUE(Add(R"({"name":"c","value":3,"service":"web"})").ok());
  ASSERT_TRUE(Add(R"({"name":"d","value":4,"service":"svc","instance":"inst"})").ok());
  router_.Flush();
  EXPECT_THAT(sources_, ElementsAre("svc/inst", "web/w1", "web/inst"));
  EXPECT_THAT(sizes_, ElementsAre(2, 1, 1));
}

TEST_F(SampleRouterTest, FullBatchLeavesByItself) {
  for (std::size_t i = 0; i < SampleRouter::kFullBatchSamples; ++i) ASSERT_TRUE(Add("x 1").ok());
  EXPECT_THAT(sizes_, ElementsAre(SampleRouter::kFullBatchSamples));
  EXPECT_EQ(0u, router_.pending());
}

TEST_F(SampleRouterTest, InvalidSeriesIsAnErrorWithItsColumn) {
  const absl::Status status = Add("gauge x{a=\"1\",a=\"2\"} 1");
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("column"));
  router_.Flush();
  EXPECT_THAT(batches_, IsEmpty());
}

TEST_F(SampleRouterTest, MoreSourcesThanAllowedAreRefused) {
  for (std::size_t i = 1; i < SampleRouter::kMaxSources; ++i) {
    ASSERT_TRUE(Add("{\"name\":\"a\",\"value\":1,\"service\":\"s" + std::to_string(i) + "\"}").ok());
  }
  EXPECT_TRUE(absl::IsResourceExhausted(Add(R"({"name":"a","value":1,"service":"one-more"})")));
  EXPECT_TRUE(Add(R"({"name":"a","value":1,"service":"s1"})").ok());
}

}  // namespace
}  // namespace obs
