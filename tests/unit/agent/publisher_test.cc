#include "agent/publisher.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/fake_aggregator.h"
#include "support/wait_until.h"

namespace obs {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using testing::FakeAggregator;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using testing::WaitUntil;

constexpr auto kLong = seconds(20);

class PublisherTest : public ::testing::Test {
 protected:
  static PublisherOptions OptionsFor(const std::string& address) {
    PublisherOptions options;
    options.service = "shop";
    options.instance = "shop-1";
    options.target.address = address;
    options.target.connect_timeout_nanos = 5 * kNanosPerSecond;
    options.random = [] { return 0.0; };  // no delay but what is asked for
    return options;
  }

  std::unique_ptr<Publisher> MakePublisher(PublisherOptions options) {
    return std::make_unique<Publisher>(std::move(options), catalog_, losses_, Clock::System());
  }
  std::unique_ptr<Publisher> StartPublisher(PublisherOptions options) {
    auto publisher = MakePublisher(std::move(options));
    EXPECT_EQ(publisher->Start(), absl::OkStatus());
    return publisher;
  }

  std::uint32_t Ref(std::string_view name) {
    return catalog_.FindOrAdd({name, MetricKind::kGauge, LabelSet{{"zone", "b"}}}).value();
  }

  // A batch of `samples` values of one gauge: `value`, and how many follow.
  EncodedBatch Batch(double value, int samples = 1, std::string_view name = "queue_depth") {
    BatchWriter writer;
    for (int i = 0; i < samples; ++i) writer.Add(Ref(name), 1'750'000'000'000'000'000, value);
    return writer.Take();
  }

  SeriesCatalog catalog_{1'000'000};
  LossCounts losses_;
};

std::vector<double> FirstValues(const std::vector<FakeAggregator::Received>& batches) {
  std::vector<double> values;
  for (const auto& one : batches) values.push_back(one.batch.columns(0).values(0));
  return values;
}

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

TEST_F(PublisherTest, FullBufferDropsTheOldestAndReportsIt) {
  FakeAggregator aggregator;
  PublisherOptions options = OptionsFor(aggregator.address());
  options.max_samples = 20;
  const auto publisher = MakePublisher(options);  // not started, as if the aggregator were away
  for (int i = 1; i <= 5; ++i) publisher->Push(Batch(i, 5));
  EXPECT_EQ(losses_.Get(Loss::kBufferFull), 5u);
  EXPECT_EQ(publisher->stats().unconfirmed, 20u);

  EXPECT_EQ(publisher->Start(), absl::OkStatus());
  EXPECT_EQ(publisher->WaitForAcks(kLong), absl::OkStatus());
  const auto batches = aggregator.data();
  EXPECT_THAT(FirstValues(batches), ElementsAre(2, 3, 4, 5));
  const auto& report = batches.back().batch.report();
  EXPECT_EQ(report.sent(), 25u);
  EXPECT_THAT(report.dropped(), UnorderedElementsAre(Pair("buffer_full", 5u)));
}

// An aggregator that has all batches, but whose Acks are lost with the connection.
class PublisherDoubtTest : public PublisherTest {
 protected:
  // Sends three batches of five, of which the first two are dropped for want of room after they were sent.
  void SendAndDrop() {
    FakeAggregator::Script script;
    script.acknowledge = false;
    FakeAggregator first(script);
    port_ = first.port();
    PublisherOptions options = OptionsFor(first.address());
    options.max_samples = 10;
    publisher_ = StartPublisher(options);
    publisher_->Push(Batch(1, 5));
    publisher_->Push(Batch(2, 5));
    ASSERT_TRUE(first.WaitForData(2));
    first.Stop();
    publisher_->Push(Batch(3, 5));
    publisher_->Push(Batch(4, 5));
    EXPECT_EQ(losses_.Get(Loss::kBufferFull), 10u);
  }

  // An aggregator at the same place that has applied the batches up to `sequence`.
  void ComeBackWith(std::uint64_t sequence) {
    FakeAggregator::Script script;
    script.applied = sequence;
    reborn_ = std::make_unique<FakeAggregator>(script, port_);
    EXPECT_EQ(publisher_->WaitForAcks(kLong), absl::OkStatus());
  }

  int port_ = 0;
  std::unique_ptr<Publisher> publisher_;
  std::unique_ptr<FakeAggregator> reborn_;
};

TEST_F(PublisherDoubtTest, DroppedBatchesThatHadArrivedCountAsConfirmed) {
  SendAndDrop();
  ComeBackWith(2);
  EXPECT_EQ(losses_.Get(Loss::kBufferFull), 5u);
  EXPECT_EQ(publisher_->stats().confirmed, 15u);
  EXPECT_THAT(FirstValues(reborn_->data()), ElementsAre(3, 4));
  const telemetry::ProducerReport report = reborn_->data().back().batch.report();
  EXPECT_EQ(report.sent(), 20u);
  EXPECT_THAT(report.dropped(), UnorderedElementsAre(Pair("buffer_full", 5u)));
}

TEST_F(PublisherDoubtTest, DroppedBatchesThatHadNotArrivedStayDropped) {
  SendAndDrop();
  ComeBackWith(0);
  EXPECT_EQ(losses_.Get(Loss::kBufferFull), 10u);
  EXPECT_EQ(publisher_->stats().confirmed, 10u);
}

TEST_F(PublisherTest, LossesOnRecordingAreReportedAsToBeSentToo) {
  FakeAggregator aggregator;
  const auto publisher = StartPublisher(OptionsFor(aggregator.address()));
  EXPECT_FALSE(publisher->HasNewsOfLosses());
  losses_.Add(Loss::kNotFinite, 7);
  EXPECT_TRUE(publisher->HasNewsOfLosses());
  publisher->Push({});
  EXPECT_FALSE(publisher->HasNewsOfLosses());
  EXPECT_EQ(publisher->WaitForAcks(kLong), absl::OkStatus());
  const telemetry::ProducerReport report = aggregator.data().at(0).batch.report();
  EXPECT_EQ(report.sent(), 7u);
  EXPECT_THAT(report.dropped(), UnorderedElementsAre(Pair("not_finite", 7u)));
}

TEST_F(PublisherTest, FullBufferRefusesAndThenWaitsForRoom) {
  FakeAggregator aggregator;
  PublisherOptions options = OptionsFor(aggregator.address());
  options.max_samples = 10;
  const auto publisher = MakePublisher(options);
  EncodedBatch first = Batch(1, 8);
  EncodedBatch second = Batch(2, 8);
  EXPECT_TRUE(publisher->TryPush(first));
  EXPECT_FALSE(publisher->TryPush(second));
  EXPECT_EQ(second.samples, 8u);
  EXPECT_FALSE(publisher->WaitForRoom(second, milliseconds(1)));
  EXPECT_EQ(publisher->Start(), absl::OkStatus());
  EXPECT_TRUE(publisher->WaitForRoom(second, kLong));
  EXPECT_TRUE(publisher->TryPush(second));
  EXPECT_EQ(publisher->WaitForAcks(kLong), absl::OkStatus());
  EXPECT_EQ(losses_.Total(), 0u);
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
