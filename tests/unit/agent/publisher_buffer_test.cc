// What a publisher does whose buffer is full, and how it accounts for what is lost.
#include <chrono>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/fake_aggregator.h"
#include "unit/agent/publisher_fixture.h"

namespace obs {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using testing::FakeAggregator;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

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

}  // namespace
}  // namespace obs
