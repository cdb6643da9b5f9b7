#include "ingest/session.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/fake_gate.h"
#include "unit/ingest/session_fixture.h"

namespace obs {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

// ---- Batches that are refused ----

TEST_F(SessionTest, AMalformedBatchIsNamedAndChangesNothing) {
  ASSERT_TRUE(Send(Gauge("g", 1)).ok());
  std::string bytes = Gauge("other", 2).SerializeAsString() + "\xff";
  const absl::Status status = session_->Receive(bytes, scratch_);
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code());
  EXPECT_THAT(Message(status), HasSubstr("batch 2 of this stream: byte "));
  EXPECT_EQ(1u, SeriesCount());
  EXPECT_EQ(1u, ingestor_->Stats().malformed_batches);
  EXPECT_EQ(1u, ingestor_->Stats().batches);
}

TEST_F(SessionTest, AnImpossibleProducerIsAMalformedBatch) {
  telemetry::TelemetryBatch batch = Gauge("g", 1);
  batch.set_producer(std::string(65, 'p'));
  const absl::Status status = Send(batch);
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code());
  EXPECT_EQ("batch 1 of this stream: producer has 65 bytes; it must be UTF-8 of at most 64", Message(status));
}

TEST_F(SessionTest, ABatchOverTheLimitIsRefusedNamingBothSizes) {
  Open({.max_batch_bytes = 100});
  ASSERT_TRUE(Send(Gauge("g", 1)).ok());
  const absl::Status status = Send(Gauge(std::string(200, 'n'), 1));
  EXPECT_EQ(absl::StatusCode::kResourceExhausted, status.code());
  EXPECT_THAT(Message(status), HasSubstr("batch 2 of this stream: 2"));
  EXPECT_THAT(Message(status), HasSubstr("at most 100"));
  EXPECT_FALSE(status.GetPayload(kRetryAfterPayload).has_value());
  EXPECT_EQ(1u, ingestor_->Stats().oversized_batches);
}

TEST_F(SessionTest, AnOverloadedAggregatorAsksToComeBack) {
  const auto gate = std::make_shared<FakeGate>();
  Open({.gate = gate, .retry_after_ms = 250});
  ASSERT_TRUE(Send(Gauge("g", 1)).ok());
  gate->open = false;
  for (const absl::Status& status : {Send(Gauge("g", 2)), ingestor_->Admit("").status()}) {
    EXPECT_EQ(absl::StatusCode::kResourceExhausted, status.code());
    EXPECT_EQ("250", std::string(status.GetPayload(kRetryAfterPayload).value()));
  }
  EXPECT_EQ(1, Value("g"));
  EXPECT_EQ(2u, ingestor_->Stats().overloaded);
}

// ---- Limits on series ----

TEST_F(SessionTest, OneKeyCannotCreateSeriesWithoutEndAndThoseThatExistGoOn) {
  Open({.max_series_per_key = 3});
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Send(Gauge("g" + std::to_string(i), 1)).ok());
  EXPECT_EQ(3u, SeriesCount());
  EXPECT_EQ(7u, RejectedFor(RejectReason::kKeySeriesLimit));
  ASSERT_TRUE(Send(Gauge("g0", 2)).ok());
  EXPECT_EQ(2, Value("g0"));
  const std::unique_ptr<Session> other = NewSession();  // same key
  ASSERT_TRUE(Send(*other, Gauge("more", 1)).ok());
  EXPECT_EQ(8u, RejectedFor(RejectReason::kKeySeriesLimit));
  EXPECT_FALSE(store_->Stats().refused.empty());
}

TEST_F(SessionTest, TheStoreAsAWholeHasALimitToo) {
  Open({}, {.max_series = 2});
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Send(Gauge("g" + std::to_string(i), 1)).ok());
  EXPECT_EQ(3u, RejectedFor(RejectReason::kSeriesLimit));
}

// ---- Latency and clocks ----

TEST_F(SessionTest, LatencyIsThatOfTheNewestSampleOfABatch) {
  telemetry::TelemetryBatch batch = Batch();
  for (const std::int64_t age_ms : {500, 20, 900}) {
    telemetry::MetricSample* const sample = AddSample(batch, "g" + std::to_string(age_ms));
    sample->set_gauge(1);
    sample->set_timestamp(clock_.NowNanos() - age_ms * kNanosPerMilli);
  }
  ASSERT_TRUE(Send(batch).ok());
  ASSERT_TRUE(Send(Gauge("without_time", 1)).ok());
  const auto latency = ingestor_->latency().Snapshot();
  ASSERT_THAT(latency, SizeIs(1));
  EXPECT_EQ("api", latency[0].service);
  EXPECT_EQ(1u, latency[0].total.count());
  EXPECT_NEAR(0.020, latency[0].total.Quantile(0.5), 0.0005);
}

TEST_F(SessionTest, AClockThatIsAheadIsToldByWhatWasSentAndNotByWhatWasStored) {
  telemetry::TelemetryBatch batch = Batch();
  for (const std::int64_t ahead_ms : {-500, 30'000}) {
    telemetry::MetricSample* const sample = AddSample(batch, "g" + std::to_string(ahead_ms));
    sample->set_gauge(1);
    sample->set_timestamp(clock_.NowNanos() + ahead_ms * kNanosPerMilli);
  }
  ASSERT_TRUE(Send(batch).ok());
  ASSERT_TRUE(Send(Gauge("without_time", 1)).ok());
  EXPECT_EQ(30 * kNanosPerSecond, ingestor_->ledger().Snapshot().producers.at(0).clock_offset_ns);
}

}  // namespace
}  // namespace obs
