// What a batch may look like, and what becomes of it.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/ingest/session_fixture.h"

namespace obs {
namespace {

using ::testing::ElementsAre;

constexpr std::int64_t kDayNanos = 24 * 3600 * kNanosPerSecond;

TEST_F(SessionTest, FlatSamplesOfEveryKindAreApplied) {
  telemetry::TelemetryBatch batch = Batch();
  AddSample(batch, "g")->set_gauge(-2.5);
  AddSample(batch, "c")->set_counter(7);
  AddSample(batch, "i")->set_increment(1.5);
  for (const double value : {1.0, 3.0}) {
    AddSample(batch, "h")->mutable_histogram()->add_observations(value);
  }
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(-2.5, Value("g"));
  EXPECT_EQ(7, Value("c"));
  EXPECT_EQ(1.5, Value("i"));
  EXPECT_EQ(2u, Histogram("h").count);
  EXPECT_EQ(4, Histogram("h").sum);
  EXPECT_EQ(5u, session_->tally().accepted);
}

TEST_F(SessionTest, GroupedRunningTotalsSurviveARestart) {
  telemetry::TelemetryBatch batch = Batch();
  telemetry::Metric* const metric = batch.add_metrics();
  metric->set_name("requests");
  (*metric->mutable_labels())["code"] = "200";
  for (const std::uint64_t total : {5u, 9u, 2u, 3u}) {
    telemetry::MetricSample* const sample = metric->add_samples();
    sample->set_timestamp(clock_.NowNanos() + metric->samples_size());
    sample->set_counter(total);
  }
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(9 + 3, Value("requests", "code=200"));
  EXPECT_EQ(4u, session_->tally().accepted);
}

TEST_F(SessionTest, ExplicitBucketsMergeExactly) {
  telemetry::TelemetryBatch batch = Batch();
  for (int i = 0; i < 2; ++i) {
    telemetry::Histogram* const histogram = AddSample(batch, "latency")->mutable_histogram();
    histogram->add_bounds(0.1);
    histogram->add_bounds(1);
    for (const std::uint64_t count : {1u, 2u, 3u}) histogram->add_counts(count);
  }
  ASSERT_TRUE(Send(batch).ok());
  Distribution distribution;
  store_->ReadDistribution(*Find("latency"), &distribution);
  ASSERT_TRUE(std::holds_alternative<ExplicitHistogram>(distribution));
  EXPECT_THAT(std::get<ExplicitHistogram>(distribution).counts(), ElementsAre(2, 4, 6));
}

TEST_F(SessionTest, AnEmptyHistogramLeavesTheLayoutOfBucketsAlone) {
  telemetry::TelemetryBatch batch = Batch();
  telemetry::Histogram* const histogram = AddSample(batch, "latency")->mutable_histogram();
  histogram->add_bounds(1);
  histogram->add_counts(4);
  histogram->add_counts(0);
  AddSample(batch, "latency")->mutable_histogram();
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(2u, session_->tally().accepted);
  EXPECT_EQ(4u, Histogram("latency").count);
}

TEST_F(SessionTest, CompactFormAppliesEveryKind) {
  telemetry::TelemetryBatch batch = Batch();
  Announce(batch, 0, "g", telemetry::KIND_GAUGE);
  Announce(batch, 1, "c", telemetry::KIND_COUNTER);
  Announce(batch, 16'777'215, "h", telemetry::KIND_HISTOGRAM);
  telemetry::Columns* const totals = batch.add_columns();
  AddValue(totals, 0, 1.25);
  AddValue(totals, 1, 10);
  AddValue(totals, 16'777'215, 4);
  telemetry::Columns* const increments = batch.add_columns();
  increments->set_increments(true);
  AddValue(increments, 1, 5);
  telemetry::HistogramPoint* const point = batch.add_histograms();
  point->set_ref(16'777'215);
  for (const double value : {1.0, 2.0}) point->mutable_histogram()->add_observations(value);
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(1.25, Value("g"));
  EXPECT_EQ(15, Value("c"));
  EXPECT_EQ(3u, Histogram("h").count);
  EXPECT_EQ(7, Histogram("h").sum);
  EXPECT_EQ(5u, session_->tally().accepted);
}

TEST_F(SessionTest, AnnouncementsHoldForTheRestOfTheStreamAndOnlyForIt) {
  telemetry::TelemetryBatch announcing = Batch();
  Announce(announcing, 3, "g", telemetry::KIND_GAUGE);
  ASSERT_TRUE(Send(announcing).ok());
  EXPECT_EQ(0u, SeriesCount()) << "a series without a sample";
  telemetry::TelemetryBatch batch = Batch();
  AddValue(batch.add_columns(), 3, 1);
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(1, Value("g"));
  const std::unique_ptr<Session> other = NewSession();
  ASSERT_TRUE(Send(*other, batch).ok());
  EXPECT_EQ(1u, other->tally().rejected);
  EXPECT_EQ(1u, RejectedFor(RejectReason::kUnknownRef));
}

TEST_F(SessionTest, ANumberAnnouncedAgainTakesTheNewMeaning) {
  for (const char* name : {"one", "two"}) {
    telemetry::TelemetryBatch batch = Batch();
    Announce(batch, 3, name, telemetry::KIND_GAUGE);
    AddValue(batch.add_columns(), 3, 1);
    ASSERT_TRUE(Send(batch).ok());
  }
  EXPECT_EQ(1, Value("one"));
  EXPECT_EQ(1, Value("two"));
}

TEST_F(SessionTest, AnnouncedNumbersServeEveryInstanceOfTheStream) {
  telemetry::TelemetryBatch batch = Batch();
  Announce(batch, 0, "g", telemetry::KIND_GAUGE);
  AddValue(batch.add_columns(), 0, 1);
  ASSERT_TRUE(Send(batch).ok());
  batch.clear_series();
  batch.set_instance("i-2");
  ASSERT_TRUE(Send(batch).ok());
  batch.set_instance("i-1");
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(2u, SeriesCount());
  EXPECT_EQ(3u, session_->tally().accepted);
}

TEST_F(SessionTest, TimestampDeltasAddUpFromTheBase) {
  telemetry::TelemetryBatch batch = Batch();
  Announce(batch, 0, "g", telemetry::KIND_GAUGE);
  telemetry::Columns* const columns = batch.add_columns();
  const std::int64_t base_ns = clock_.NowNanos() - 10 * kNanosPerSecond;
  columns->set_base_timestamp(base_ns);
  for (const std::int64_t delta_s : {5, -2, 4}) {
    AddValue(columns, 0, static_cast<double>(delta_s));
    columns->add_timestamp_deltas(delta_s * kNanosPerSecond);
  }
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ((base_ns + 7 * kNanosPerSecond) / 1000, Find("g")->timestamp_us());
  EXPECT_EQ(4, Value("g"));
}

TEST_F(SessionTest, SamplesWithoutTimestampHaveTheTimeOfReceipt) {
  ASSERT_TRUE(Send(Gauge("g", 1)).ok());
  EXPECT_EQ(clock_.NowNanos() / 1000, Find("g")->timestamp_us());
}

TEST_F(SessionTest, BatchLabelsAreOnEverySeriesAndOwnOnesWin) {
  telemetry::TelemetryBatch batch = Batch();
  (*batch.mutable_labels())["zone"] = "a";
  (*AddSample(batch, "own")->mutable_labels())["zone"] = "b";
  batch.mutable_samples(0)->set_gauge(1);
  AddSample(batch, "plain")->set_gauge(2);
  Announce(batch, 0, "compact", telemetry::KIND_GAUGE);
  AddValue(batch.add_columns(), 0, 3);
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(1, Value("own", "zone=b"));
  EXPECT_EQ(2, Value("plain", "zone=a"));
  EXPECT_EQ(3, Value("compact", "zone=a"));
}

TEST_F(SessionTest, TheOrderOfLabelsDoesNotMatter) {
  for (const bool reversed : {false, true}) {
    std::string sample;
    AppendDoubleField(sample, 2, 1);
    AppendBytesField(sample, 6, "g");
    AppendMapField(sample, 7, reversed ? "b" : "a", reversed ? "2" : "1");
    AppendMapField(sample, 7, reversed ? "a" : "b", reversed ? "1" : "2");
    std::string bytes = Batch().SerializeAsString();
    AppendBytesField(bytes, 4, sample);
    ASSERT_TRUE(session_->Receive(bytes, scratch_).ok());
  }
  EXPECT_EQ(1u, SeriesCount());
  EXPECT_EQ(1, Value("g", "a=1,b=2"));
}

TEST_F(SessionTest, ARetiredSeriesIsMadeAgain) {
  telemetry::TelemetryBatch batch = Gauge("flat", 1);
  Announce(batch, 0, "compact", telemetry::KIND_GAUGE);
  AddValue(batch.add_columns(), 0, 1);
  ASSERT_TRUE(Send(batch).ok());
  const SeriesPtr flat = Find("flat");
  clock_.Advance(2 * kDayNanos);
  store_->Sweep();
  store_->Sweep();
  ASSERT_TRUE(flat->retired());
  batch.clear_series();
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(4u, session_->tally().accepted);
  EXPECT_EQ(1, Value("flat"));
  EXPECT_EQ(1, Value("compact"));
  EXPECT_NE(flat, Find("flat"));
}

}  // namespace
}  // namespace obs
