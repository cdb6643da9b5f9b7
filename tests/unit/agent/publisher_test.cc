#include "agent/publisher.h"

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/fake_aggregator.h"
#include "support/wait_until.h"
#include "unit/agent/publisher_fixture.h"

namespace obs {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using testing::FakeAggregator;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::WaitUntil;

TEST_F(PublisherTest, BatchesArriveInOrderAndAreConfirmed) {
  FakeAggregator aggregator;
  const auto publisher = StartPublisher(OptionsFor(aggregator.address()));
  publisher->Push(Batch(1));
  publisher->Push(Batch(2, 3));
  EXPECT_EQ(publisher->WaitForAcks(kLong), absl::OkStatus());

  const auto batches = aggregator.data();
  EXPECT_THAT(FirstValues(batches), ElementsAre(1, 2));
  EXPECT_EQ(batches[0].batch.service(), "shop");
  EXPECT_EQ(batches[0].batch.instance(), "shop-1");
  EXPECT_THAT(batches[0].batch.producer(), SizeIs(32));
  EXPECT_EQ(batches[1].batch.producer(), batches[0].batch.producer());
  EXPECT_EQ(batches[0].batch.sequence(), 2u);
  EXPECT_EQ(batches[1].batch.sequence(), 3u);
  EXPECT_EQ(batches[1].batch.report().sent(), 4u);

  const PublisherStats stats = publisher->stats();
  EXPECT_EQ(stats.sent, 4u);
  EXPECT_EQ(stats.confirmed, 4u);
  EXPECT_EQ(stats.unconfirmed, 0u);
  EXPECT_TRUE(stats.connected);
  EXPECT_TRUE(stats.last_error.ok());
}

TEST_F(PublisherTest, EachStreamBeginsWithTheSameEmptyBatch) {
  auto aggregator = std::make_unique<FakeAggregator>();
  const int port = aggregator->port();
  const auto publisher = StartPublisher(OptionsFor(aggregator->address()));
  EXPECT_TRUE(WaitUntil([&] { return publisher->stats().connected; })) << "though there is nothing to send";
  aggregator->Stop();
  FakeAggregator reborn(FakeAggregator::Script{}, port);
  ASSERT_TRUE(WaitUntil([&] { return !reborn.received().empty(); }));
  const telemetry::TelemetryBatch greeting = reborn.received()[0].batch;
  EXPECT_EQ(greeting.sequence(), 1u);
  EXPECT_EQ(greeting.service(), "shop");
  EXPECT_FALSE(greeting.has_report()) << "it would tell a new aggregator of samples that another one got";
}

TEST_F(PublisherTest, EachSeriesIsAnnouncedOnceOnAStreamBeforeItIsUsed) {
  FakeAggregator aggregator;
  const auto publisher = StartPublisher(OptionsFor(aggregator.address()));
  publisher->Push(Batch(1, 1, "first"));
  publisher->Push(Batch(2, 1, "first"));
  publisher->Push(Batch(3, 1, "second"));
  EXPECT_EQ(publisher->WaitForAcks(kLong), absl::OkStatus());

  std::vector<std::string> order;
  for (const auto& one : aggregator.received()) {
    for (const auto& series : one.batch.series()) order.push_back("announce " + series.name());
    for (const auto& columns : one.batch.columns()) {
      order.push_back("use " + std::to_string(columns.refs(0)));
    }
  }
  EXPECT_THAT(order, ElementsAre("announce first", "use 0", "use 0", "announce second", "use 1"));
  const telemetry::SeriesAnnouncement series = aggregator.received()[1].batch.series(0);
  EXPECT_EQ(series.ref(), 0u);
  EXPECT_EQ(series.kind(), telemetry::KIND_GAUGE);
  EXPECT_EQ(series.labels().at("zone"), "b");
}

TEST_F(PublisherTest, ManyAnnouncementsAreSplitIntoMessagesOfBoundedSize) {
  FakeAggregator aggregator;
  const auto publisher = MakePublisher(OptionsFor(aggregator.address()));
  BatchWriter writer;
  for (int i = 0; i < 10'000; ++i) {
    writer.Add(Ref("series_with_a_name_of_some_length_number_" + std::to_string(i)), 0, i);
  }
  publisher->Push(writer.Take());
  EXPECT_EQ(publisher->Start(), absl::OkStatus());
  EXPECT_EQ(publisher->WaitForAcks(kLong), absl::OkStatus());

  int announced = 0;
  const auto received = aggregator.received();
  EXPECT_GT(received.size(), 2u);
  for (const auto& one : received) {
    EXPECT_LE(one.batch.ByteSizeLong(), 300'000u);
    announced += one.batch.series_size();
  }
  EXPECT_EQ(announced, 10'000);
}

TEST_F(PublisherTest, WhatIsUnconfirmedIsSentAgainToAnAggregatorThatComesBack) {
  FakeAggregator::Script script;
  script.acknowledge = false;
  auto aggregator = std::make_unique<FakeAggregator>(script);
  const int port = aggregator->port();
  const auto publisher = StartPublisher(OptionsFor(aggregator->address()));
  publisher->Push(Batch(1));
  publisher->Push(Batch(2));
  ASSERT_TRUE(aggregator->WaitForData(2));
  const std::string producer = aggregator->data()[0].batch.producer();
  aggregator->Stop();
  publisher->Push(Batch(3));

  FakeAggregator reborn(FakeAggregator::Script{}, port);
  ASSERT_EQ(reborn.port(), port);
  EXPECT_EQ(publisher->WaitForAcks(kLong), absl::OkStatus());
  const auto batches = reborn.data();
  EXPECT_THAT(FirstValues(batches), ElementsAre(1, 2, 3));
  EXPECT_EQ(batches[0].batch.sequence(), 2u);
  EXPECT_EQ(batches[0].batch.producer(), producer);
  EXPECT_EQ(reborn.received()[1].batch.series_size(), 1) << "announced again, as refs are the stream's";
  EXPECT_EQ(publisher->stats().sent, 3u);
  EXPECT_EQ(publisher->stats().confirmed, 3u);
}

TEST_F(PublisherTest, WhatIsConfirmedIsNotSentAgain) {
  auto aggregator = std::make_unique<FakeAggregator>();
  const int port = aggregator->port();
  const auto publisher = StartPublisher(OptionsFor(aggregator->address()));
  publisher->Push(Batch(1));
  EXPECT_EQ(publisher->WaitForAcks(kLong), absl::OkStatus());
  aggregator->Stop();
  publisher->Push(Batch(2));
  FakeAggregator reborn(FakeAggregator::Script{}, port);
  EXPECT_EQ(publisher->WaitForAcks(kLong), absl::OkStatus());
  EXPECT_THAT(FirstValues(reborn.data()), ElementsAre(2));
}

TEST_F(PublisherTest, SilentAggregatorIsLeftAfterTheAckTimeout) {
  FakeAggregator::Script script;
  script.acknowledge = false;
  FakeAggregator aggregator(script);
  PublisherOptions options = OptionsFor(aggregator.address());
  options.ack_timeout_nanos = 50 * kNanosPerMilli;
  const auto publisher = StartPublisher(options);
  publisher->Push(Batch(1));
  ASSERT_TRUE(WaitUntil([&] { return aggregator.streams() >= 2; }));
  aggregator.Acknowledge(true);
  EXPECT_EQ(publisher->WaitForAcks(kLong), absl::OkStatus());
  EXPECT_THAT(std::string(publisher->stats().last_error.message()), HasSubstr("no acknowledgement for 50ms"));
}

// It answers clients that ping it while they have nothing to say with GOAWAY, too_many_pings. gRPC pings at
// most once a second, and the third one is too many; there is nothing to wait for but the time.
TEST_F(PublisherTest, ServerWithDefaultSettingsFindsNoFaultWithAnIdleStream) {
  FakeAggregator aggregator;
  const auto publisher = StartPublisher(OptionsFor(aggregator.address()));
  publisher->Push(Batch(1));
  ASSERT_EQ(publisher->WaitForAcks(kLong), absl::OkStatus());
  std::this_thread::sleep_for(milliseconds(4500));
  publisher->Push(Batch(2));
  ASSERT_EQ(publisher->WaitForAcks(kLong), absl::OkStatus());
  EXPECT_EQ(aggregator.streams(), 1);
  EXPECT_EQ(publisher->stats().last_error, absl::OkStatus());
}

TEST_F(PublisherTest, KeyIsSentAsBearer) {
  FakeAggregator::Script script;
  script.key = "s3cret";
  FakeAggregator aggregator(script);
  PublisherOptions options = OptionsFor(aggregator.address());
  options.target.api_key = "s3cret";
  const auto publisher = StartPublisher(options);
  publisher->Push(Batch(1));
  EXPECT_EQ(publisher->WaitForAcks(kLong), absl::OkStatus());
}

TEST_F(PublisherTest, WrongKeyIsSaidAtOnceAndNotTriedAgainSoon) {
  FakeAggregator::Script script;
  script.key = "s3cret";
  FakeAggregator aggregator(script);
  PublisherOptions options = OptionsFor(aggregator.address());
  options.target.api_key = "wrong";
  const auto publisher = StartPublisher(options);
  publisher->Push(Batch(1));
  const absl::Status status = publisher->WaitForAcks(kLong);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(status.message()), HasSubstr("invalid key"));
  EXPECT_FALSE(publisher->stats().connected);
  // The ordinary delay is zero here: were it used, many streams would come while these do.
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(publisher->Probe(kLong).ok());
  EXPECT_EQ(aggregator.streams(), 21);
}

TEST_F(PublisherTest, KeyThatCannotBeSentIsRefusedHere) {
  for (const std::string& key : {std::string("two\nlines"), std::string("a b"), std::string(5000, 'k')}) {
    PublisherOptions options = OptionsFor("127.0.0.1:1");
    options.target.api_key = key;
    const auto publisher = MakePublisher(options);
    EXPECT_EQ(publisher->Start().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(publisher->Probe(kLong).code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST_F(PublisherTest, BatchOverTheTransportsLimitIsDroppedAndTheOthersArrive) {
  FakeAggregator::Script script;
  script.max_message_bytes = 4000;
  FakeAggregator aggregator(script);
  const auto publisher = MakePublisher(OptionsFor(aggregator.address()));
  publisher->Push(Batch(1));
  publisher->Push(Batch(2, 1000));
  publisher->Push(Batch(3));
  EXPECT_EQ(publisher->Start(), absl::OkStatus());
  EXPECT_EQ(publisher->WaitForAcks(kLong), absl::OkStatus());
  EXPECT_EQ(losses_.Get(Loss::kTooLarge), 1000u);
  EXPECT_EQ(FirstValues(aggregator.data()).back(), 3);
  EXPECT_EQ(publisher->stats().confirmed, 2u);
}

TEST_F(PublisherTest, BatchThatTheAggregatorNamesAsMalformedIsDropped) {
  FakeAggregator::Script script;
  script.acknowledge = false;  // so that the first batch is no less a suspect
  FakeAggregator* server = nullptr;
  script.judge = [&server](const telemetry::TelemetryBatch& batch, int place) {
    if (batch.sequence() != 3) return grpc::Status::OK;
    server->Acknowledge(true);
    return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT,
                        "batch " + std::to_string(place) + " of this stream: nonsense");
  };
  FakeAggregator aggregator(script);
  server = &aggregator;
  const auto publisher = MakePublisher(OptionsFor(aggregator.address()));
  publisher->Push(Batch(1));
  publisher->Push(Batch(2, 5));
  publisher->Push(Batch(3));
  EXPECT_EQ(publisher->Start(), absl::OkStatus());
  ASSERT_TRUE(WaitUntil([&] { return losses_.Total() != 0; }));
  publisher->Push(Batch(4));
  EXPECT_EQ(publisher->WaitForAcks(kLong), absl::OkStatus());
  EXPECT_EQ(losses_.Get(Loss::kRefused), 5u);
  EXPECT_EQ(publisher->stats().confirmed, 3u);
}

TEST_F(PublisherTest, OverloadedAggregatorIsGivenTheTimeItAsksForAndLosesNothing) {
  int refusals = 0;
  FakeAggregator::Script script;
  script.retry_after_ms = "60";
  script.judge = [&refusals](const telemetry::TelemetryBatch&, int) {
    if (refusals == 2) return grpc::Status::OK;
    ++refusals;
    return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "overloaded");
  };
  FakeAggregator aggregator(script);
  const auto before = std::chrono::steady_clock::now();
  const auto publisher = StartPublisher(OptionsFor(aggregator.address()));
  publisher->Push(Batch(1));
  EXPECT_EQ(publisher->WaitForAcks(kLong), absl::OkStatus());
  EXPECT_GE(std::chrono::steady_clock::now() - before, milliseconds(120));
  EXPECT_EQ(aggregator.streams(), 3);
  EXPECT_EQ(losses_.Total(), 0u);
}

TEST_F(PublisherTest, RejectionsAreCountedWithTheirReasons) {
  FakeAggregator::Script script;
  script.reject = 2;
  FakeAggregator aggregator(script);
  const auto publisher = StartPublisher(OptionsFor(aggregator.address()));
  publisher->Push(Batch(1, 5));
  publisher->Push(Batch(2, 5));
  EXPECT_EQ(publisher->WaitForAcks(kLong), absl::OkStatus());
  const PublisherStats stats = publisher->stats();
  EXPECT_EQ(stats.confirmed, 10u);
  EXPECT_EQ(stats.rejected, 4u);
  EXPECT_THAT(stats.reasons, ElementsAre("batch 2: not_finite", "batch 3: not_finite"));
}

TEST_F(PublisherTest, StopWaitsUntilEverythingIsConfirmed) {
  FakeAggregator aggregator;
  const auto publisher = StartPublisher(OptionsFor(aggregator.address()));
  for (int i = 0; i < 100; ++i) publisher->Push(Batch(i));
  publisher->Stop(kLong);
  EXPECT_EQ(publisher->stats().confirmed, 100u);
  EXPECT_FALSE(publisher->stats().connected);
}

TEST_F(PublisherTest, StopKeepsWhatIsUnconfirmedForTheNextStart) {
  FakeAggregator::Script script;
  script.acknowledge = false;
  FakeAggregator aggregator(script);
  const auto publisher = StartPublisher(OptionsFor(aggregator.address()));
  publisher->Push(Batch(1));
  ASSERT_TRUE(aggregator.WaitForData(1));
  publisher->Stop(milliseconds(1));
  EXPECT_EQ(publisher->stats().unconfirmed, 1u);
  aggregator.Acknowledge(true);
  EXPECT_EQ(publisher->Start(), absl::OkStatus());
  EXPECT_EQ(publisher->WaitForAcks(kLong), absl::OkStatus());
}

TEST_F(PublisherTest, StopDoesNotWaitForAnAggregatorThatIsNotThere) {
  std::string address;
  {
    FakeAggregator gone;
    address = gone.address();
  }
  PublisherOptions options = OptionsFor(address);
  options.random = [] { return 0.99; };  // long delays, which Stop() cuts short
  options.backoff.initial_nanos = options.backoff.max_nanos = 3600 * kNanosPerSecond;
  const auto publisher = StartPublisher(options);
  publisher->Push(Batch(1));
  ASSERT_TRUE(WaitUntil([&] { return !publisher->stats().last_error.ok(); }));
  const auto before = std::chrono::steady_clock::now();
  publisher->Stop(kLong);
  EXPECT_LT(std::chrono::steady_clock::now() - before, seconds(10));
  EXPECT_EQ(publisher->stats().last_error.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(publisher->stats().last_error.message()), HasSubstr(address));
}

TEST_F(PublisherTest, StopTriesOnceMoreInsteadOfWaitingOutTheDelay) {
  auto aggregator = std::make_unique<FakeAggregator>();
  const int port = aggregator->port();
  aggregator->Stop();
  PublisherOptions options = OptionsFor(aggregator->address());
  options.random = [] { return 0.99; };
  options.backoff.initial_nanos = options.backoff.max_nanos = 3600 * kNanosPerSecond;
  const auto publisher = StartPublisher(options);
  publisher->Push(Batch(1));
  ASSERT_TRUE(WaitUntil([&] { return !publisher->stats().last_error.ok(); }));
  FakeAggregator reborn(FakeAggregator::Script{}, port);
  publisher->Stop(kLong);
  EXPECT_EQ(publisher->stats().confirmed, 1u);
}

TEST_F(PublisherTest, WaitForAcksSaysWhyNothingArrives) {
  std::string address;
  {
    FakeAggregator gone;
    address = gone.address();
  }
  const auto publisher = StartPublisher(OptionsFor(address));
  publisher->Push(Batch(1));
  ASSERT_TRUE(WaitUntil([&] { return !publisher->stats().last_error.ok(); }));
  EXPECT_EQ(publisher->WaitForAcks(milliseconds(1)).code(), absl::StatusCode::kUnavailable);
}

TEST_F(PublisherTest, ProbeTellsWhetherAStreamWouldBeTaken) {
  FakeAggregator::Script script;
  script.key = "s3cret";
  FakeAggregator aggregator(script);
  PublisherOptions options = OptionsFor(aggregator.address());
  options.target.api_key = "s3cret";
  EXPECT_EQ(MakePublisher(options)->Probe(kLong), absl::OkStatus());
  options.target.api_key = "wrong";
  EXPECT_EQ(MakePublisher(options)->Probe(kLong).code(), absl::StatusCode::kUnauthenticated);
  aggregator.Stop();
  const absl::Status away = MakePublisher(options)->Probe(kLong);
  EXPECT_EQ(away.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(away.message()), HasSubstr(options.target.address));
}

}  // namespace
}  // namespace obs
