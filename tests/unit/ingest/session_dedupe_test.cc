// What is sent again, and who it is that sends: dedupe, producers, restarts.
#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/ingest/session_fixture.h"

namespace obs {
namespace {

using ::testing::ElementsAre;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST_F(SessionTest, ABatchSentAgainIsCountedAsDuplicateAndNotApplied) {
  telemetry::TelemetryBatch batch = Batch("p", 1);
  AddSample(batch, "i")->set_increment(5);
  ASSERT_TRUE(Send(batch).ok());
  const std::unique_ptr<Session> reconnected = NewSession();
  ASSERT_TRUE(Send(*reconnected, batch).ok());
  EXPECT_EQ(5, Value("i"));
  EXPECT_EQ(1u, reconnected->tally().duplicates);
  EXPECT_EQ(1u, reconnected->tally().sequence);
  EXPECT_EQ(0u, reconnected->tally().accepted);
  batch.set_sequence(2);
  ASSERT_TRUE(Send(*reconnected, batch).ok());
  EXPECT_EQ(10, Value("i"));
  EXPECT_EQ(2u, reconnected->tally().sequence);
}

TEST_F(SessionTest, ADuplicateStillAnnouncesItsSeries) {
  telemetry::TelemetryBatch batch = Batch("p", 1);
  Announce(batch, 0, "g", telemetry::KIND_GAUGE);
  AddValue(batch.add_columns(), 0, 1);
  ASSERT_TRUE(Send(batch).ok());
  const std::unique_ptr<Session> reconnected = NewSession();
  ASSERT_TRUE(Send(*reconnected, batch).ok());
  batch.clear_series();
  batch.set_sequence(2);
  ASSERT_TRUE(Send(*reconnected, batch).ok());
  EXPECT_EQ(1u, reconnected->tally().accepted);
}

TEST_F(SessionTest, BatchesWithoutNumberOrProducerAreAlwaysApplied) {
  telemetry::TelemetryBatch unnumbered = Batch("p", 0);
  AddSample(unnumbered, "i")->set_increment(1);
  telemetry::TelemetryBatch anonymous = Batch("", 1);
  AddSample(anonymous, "i")->set_increment(1);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(Send(unnumbered).ok());
    ASSERT_TRUE(Send(anonymous).ok());
  }
  EXPECT_EQ(4, Value("i"));
  EXPECT_EQ(0u, session_->tally().sequence);
}

TEST_F(SessionTest, ABatchWhoseEverySampleIsRejectedIsApplied) {
  telemetry::TelemetryBatch batch = Batch("p", 1);
  AddSample(batch, "g")->set_gauge(kNaN);
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(1u, session_->tally().sequence);
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(1u, session_->tally().rejected);
  EXPECT_EQ(1u, session_->tally().duplicates);
}

TEST_F(SessionTest, TwoLiveProducersOfOneInstanceCountEachTotalOnce) {
  const std::unique_ptr<Session> other = NewSession();
  std::int64_t now_ns = clock_.NowNanos();
  for (const std::uint64_t total : {10u, 20u, 30u}) {
    ASSERT_TRUE(Send(Total("c", total, ++now_ns, "p")).ok());
    ASSERT_TRUE(Send(*other, Total("c", total + 100, ++now_ns, "q")).ok());
  }
  EXPECT_EQ(30 + 130, Value("c"));
  EXPECT_TRUE(ingestor_->ledger().Snapshot().instances.at(0).conflict());
}

TEST_F(SessionTest, TwoAnonymousStreamsOfOneInstanceCountEachTotalOnce) {
  const std::unique_ptr<Session> other = NewSession();
  std::int64_t now_ns = clock_.NowNanos();
  for (const std::uint64_t total : {10u, 20u, 30u}) {
    ASSERT_TRUE(Send(Total("c", total, ++now_ns)).ok());
    ASSERT_TRUE(Send(*other, Total("c", total + 100, ++now_ns)).ok());
  }
  EXPECT_EQ(30 + 130, Value("c"));
}

TEST_F(SessionTest, AnAnonymousStreamAfterAnotherGoesOnWithItsTotals) {
  ASSERT_TRUE(Send(Total("c", 10, clock_.NowNanos() + 1)).ok());
  session_->Close();
  const std::unique_ptr<Session> next = NewSession();
  ASSERT_TRUE(Send(*next, Total("c", 15, clock_.NowNanos() + 2)).ok());
  EXPECT_EQ(15, Value("c"));
}

TEST_F(SessionTest, ANewProducerCountsFromZeroUnlessTheTotalIsShared) {
  std::int64_t now_ns = clock_.NowNanos();
  for (const char* producer : {"p", "q"}) {
    const std::unique_ptr<Session> session = NewSession();
    telemetry::TelemetryBatch batch = Batch(producer, 1);
    Announce(batch, 0, "own", telemetry::KIND_COUNTER);
    Announce(batch, 1, "shared", telemetry::KIND_COUNTER);
    batch.mutable_series(1)->set_shared_total(true);
    telemetry::Columns* const columns = batch.add_columns();
    columns->set_base_timestamp(++now_ns);
    AddValue(columns, 0, 10);
    AddValue(columns, 1, 10);
    ASSERT_TRUE(Send(*session, batch).ok());
  }
  EXPECT_EQ(20, Value("own"));
  EXPECT_EQ(10, Value("shared"));
}

TEST_F(SessionTest, ARunningTotalOfAHistogramCountsOnceWhoeverSendsIt) {
  const std::int64_t now_ns = clock_.NowNanos();
  const auto send = [&](const char* producer, std::uint64_t count, std::int64_t timestamp_ns) {
    const std::unique_ptr<Session> session = NewSession();
    telemetry::TelemetryBatch batch = Batch(producer, 1);
    Announce(batch, 0, "h", telemetry::KIND_HISTOGRAM);
    telemetry::HistogramPoint* const point = batch.add_histograms();
    point->set_timestamp(timestamp_ns);
    point->set_running_total(true);
    point->mutable_histogram()->add_bounds(1);
    point->mutable_histogram()->add_counts(count);
    point->mutable_histogram()->add_counts(1);
    EXPECT_TRUE(Send(*session, batch).ok());
    return session->tally();
  };
  send("p", 5, now_ns - 3 * kNanosPerMilli);
  send("q", 5, now_ns - 2 * kNanosPerMilli);
  send("r", 8, now_ns - kNanosPerMilli);
  EXPECT_EQ(1u, send("s", 5, now_ns - 2 * kNanosPerMilli).duplicates);
  Distribution distribution;
  store_->ReadDistribution(*Find("h"), &distribution);
  EXPECT_THAT(std::get<ExplicitHistogram>(distribution).counts(), ElementsAre(8, 1));
  EXPECT_EQ(0, ingestor_->ledger().Snapshot().totals.Difference());
}

TEST_F(SessionTest, ARunningTotalWithoutBucketsIsRejected) {
  telemetry::TelemetryBatch batch = Batch("p", 1);
  Announce(batch, 0, "h", telemetry::KIND_HISTOGRAM);
  telemetry::HistogramPoint* const point = batch.add_histograms();
  point->set_running_total(true);
  point->mutable_histogram()->add_observations(1);
  point->mutable_histogram()->add_observations(2);
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(1u, RejectedFor(RejectReason::kInvalidHistogram));
}

TEST_F(SessionTest, AnOldTotalIsADuplicateAndNoRestart) {
  const std::int64_t now_ns = clock_.NowNanos();
  ASSERT_TRUE(Send(Total("c", 10, now_ns)).ok());
  ASSERT_TRUE(Send(Total("c", 8, now_ns - kNanosPerSecond)).ok());
  EXPECT_EQ(10, Value("c"));
  EXPECT_EQ(1u, session_->tally().duplicates);
  EXPECT_EQ(0, ingestor_->ledger().Snapshot().totals.Difference());
}

TEST_F(SessionTest, ReportsReachTheLedger) {
  telemetry::TelemetryBatch batch = Batch("p", 1);
  AddSample(batch, "g")->set_gauge(1);
  batch.mutable_report()->set_sent(6);
  (*batch.mutable_report()->mutable_dropped())["buffer_full"] = 5;
  ASSERT_TRUE(Send(batch).ok());
  const LedgerTotals totals = ingestor_->ledger().Snapshot().totals;
  EXPECT_EQ(6u, totals.sent);
  EXPECT_EQ(5u, totals.DroppedTotal());
  EXPECT_EQ(0, totals.Difference());
}

TEST_F(SessionTest, AStreamMayBearMoreInstancesThanItRemembers) {
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < Session::kMaxSources + 10; ++i) {
      telemetry::TelemetryBatch batch = Gauge("g", 1);
      batch.set_instance("i-" + std::to_string(i));
      ASSERT_TRUE(Send(batch).ok());
    }
  }
  EXPECT_EQ(Session::kMaxSources + 10, SeriesCount());
  EXPECT_EQ(2 * (Session::kMaxSources + 10), session_->tally().accepted);
}

}  // namespace
}  // namespace obs
