#include "app/delivery.h"

#include <functional>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/fake_aggregator.h"
#include "support/fake_clock.h"
#include "support/wait_until.h"

namespace obs {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::FakeAggregator;
using ::testing::HasSubstr;
using testing::WaitUntil;

constexpr char kNobody[] = "127.0.0.1:1";

// Time passes only where a test lets it, and only while the delivery waits: a second each time it calls back.
class DeliveryTest : public ::testing::Test {
 protected:
  Delivery MakeDelivery(std::string address, std::string key = "") {
    return Delivery({std::move(address), std::move(key), 10 * kNanosPerSecond}, clock_, [this] {
      if (!time_passes_()) return;
      ++seconds_;
      clock_.Advance(kNanosPerSecond);
    });
  }

  EncodedBatch Batch(double value, int samples = 1) {
    const auto ref = source_.catalog.FindOrAdd({"x", MetricKind::kGauge, LabelSet()});
    BatchWriter writer;
    for (int i = 0; i < samples; ++i) writer.Add(*ref, clock_.NowNanos(), value);
    return writer.Take();
  }

  FakeClock clock_;
  std::function<bool()> time_passes_ = [] { return false; };
  int seconds_ = 0;  // that have passed
  SampleRouter::Source source_{.service = "svc", .instance = "inst"};
};

std::string TextOf(const absl::Status& status) {
  return std::string(status.message());
}

TEST_F(DeliveryTest, FinishWaitsUntilAllIsConfirmed) {
  FakeAggregator aggregator;
  Delivery delivery = MakeDelivery(aggregator.address());
  ASSERT_EQ(absl::OkStatus(), delivery.Push(source_, Batch(1, 2)));
  ASSERT_EQ(absl::OkStatus(), delivery.Push(source_, Batch(2)));
  EXPECT_EQ(absl::OkStatus(), delivery.Finish());
  EXPECT_EQ(3u, delivery.stats().confirmed);
  EXPECT_EQ(0u, delivery.stats().unconfirmed);
}

TEST_F(DeliveryTest, EverySourceHasItsOwnStream) {
  FakeAggregator aggregator;
  Delivery delivery = MakeDelivery(aggregator.address());
  SampleRouter::Source other{.service = "web", .instance = "w1", .index = 1};
  const auto ref = other.catalog.FindOrAdd({"y", MetricKind::kGauge, LabelSet()});
  BatchWriter writer;
  writer.Add(*ref, 0, 1);
  ASSERT_EQ(absl::OkStatus(), delivery.Push(source_, Batch(1)));
  ASSERT_EQ(absl::OkStatus(), delivery.Push(other, writer.Take()));
  ASSERT_EQ(absl::OkStatus(), delivery.Finish());
  EXPECT_EQ(2u, delivery.stats().confirmed);
  EXPECT_EQ(2, aggregator.streams());
}

TEST_F(DeliveryTest, TheFirstSourceNeedNotSendFirst) {
  FakeAggregator aggregator;
  Delivery delivery = MakeDelivery(aggregator.address());
  source_.index = 1;
  ASSERT_EQ(absl::OkStatus(), delivery.Push(source_, Batch(1)));
  ASSERT_EQ(absl::OkStatus(), delivery.Finish());
  EXPECT_EQ(1u, delivery.stats().confirmed);
}

TEST_F(DeliveryTest, NobodyThereIsGivenUpAfterTheTimeout) {
  Delivery delivery = MakeDelivery(kNobody);
  ASSERT_EQ(absl::OkStatus(), delivery.Push(source_, Batch(1)));
  time_passes_ = [&] { return !delivery.stats().last_error.ok(); };
  const absl::Status status = delivery.Finish();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_THAT(TextOf(status), AllOf(HasSubstr(kNobody), HasSubstr("within 10s"), HasSubstr("refused")));
  EXPECT_GE(seconds_, 10);
}

TEST_F(DeliveryTest, NobodyThereIsNoticedWhileThereIsNothingToPush) {
  Delivery delivery = MakeDelivery(kNobody);
  EXPECT_EQ(absl::OkStatus(), delivery.Check());
  clock_.Advance(60 * kNanosPerSecond);
  EXPECT_EQ(absl::OkStatus(), delivery.Check()) << "nothing was pushed";
  ASSERT_EQ(absl::OkStatus(), delivery.Push(source_, Batch(1)));
  EXPECT_EQ(absl::OkStatus(), delivery.Check());
  clock_.Advance(11 * kNanosPerSecond);
  EXPECT_TRUE(absl::IsDeadlineExceeded(delivery.Check()));
}

TEST_F(DeliveryTest, AggregatorThatNeverConfirmsIsGivenUp) {
  FakeAggregator aggregator({.acknowledge = false});
  Delivery delivery = MakeDelivery(aggregator.address());
  ASSERT_EQ(absl::OkStatus(), delivery.Push(source_, Batch(1)));
  time_passes_ = [] { return true; };
  EXPECT_TRUE(absl::IsDeadlineExceeded(delivery.Finish()));
}

TEST_F(DeliveryTest, FullOutboxWaitsAndDropsNothing) {
  FakeAggregator aggregator({.acknowledge = false});
  Delivery delivery = MakeDelivery(aggregator.address());
  time_passes_ = [] { return true; };
  absl::Status status;
  std::uint64_t pushed = 0;
  while ((status = delivery.Push(source_, Batch(1, 100'000))).ok()) pushed += 100'000;
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_GE(seconds_, 10);
  EXPECT_EQ(pushed, delivery.stats().unconfirmed);
  EXPECT_EQ(0u, delivery.stats().dropped);
}

TEST_F(DeliveryTest, AbsenceInBetweenIsSatThrough) {
  auto aggregator = std::make_unique<FakeAggregator>();
  const int port = aggregator->port();
  Delivery delivery = MakeDelivery(aggregator->address());
  ASSERT_EQ(absl::OkStatus(), delivery.Push(source_, Batch(1)));
  ASSERT_TRUE(WaitUntil([&] { return delivery.stats().confirmed == 1; }));
  aggregator->Stop();
  ASSERT_EQ(absl::OkStatus(), delivery.Push(source_, Batch(2)));
  ASSERT_TRUE(WaitUntil([&] { return !delivery.stats().last_error.ok(); }));
  EXPECT_EQ(absl::OkStatus(), delivery.Check());
  clock_.Advance(3600 * kNanosPerSecond);
  EXPECT_EQ(absl::OkStatus(), delivery.Check());
  aggregator = std::make_unique<FakeAggregator>(FakeAggregator::Script{}, port);
  EXPECT_EQ(absl::OkStatus(), delivery.Finish());
  EXPECT_EQ(2u, delivery.stats().confirmed);
}

TEST_F(DeliveryTest, WrongKeyIsGivenUpAtOnce) {
  FakeAggregator aggregator({.key = "right"});
  Delivery delivery = MakeDelivery(aggregator.address(), "wrong");
  ASSERT_EQ(absl::OkStatus(), delivery.Push(source_, Batch(1)));
  EXPECT_TRUE(absl::IsUnauthenticated(delivery.Finish()));
}

TEST_F(DeliveryTest, KeyThatCannotBeSentIsAnError) {
  Delivery delivery = MakeDelivery(kNobody, "a key\n");
  EXPECT_TRUE(absl::IsInvalidArgument(delivery.Push(source_, Batch(1))));
}

TEST_F(DeliveryTest, RejectionsAreCountedWithTheirReasons) {
  FakeAggregator aggregator({.reject = 1});
  Delivery delivery = MakeDelivery(aggregator.address());
  ASSERT_EQ(absl::OkStatus(), delivery.Push(source_, Batch(1, 3)));
  ASSERT_EQ(absl::OkStatus(), delivery.Finish());
  EXPECT_EQ(3u, delivery.stats().confirmed);
  EXPECT_EQ(1u, delivery.stats().rejected);
  EXPECT_EQ(1u, delivery.stats().reasons.size());
}

TEST_F(DeliveryTest, ItGivesUpWhenToldTo) {
  Delivery delivery = MakeDelivery(kNobody);
  ASSERT_EQ(absl::OkStatus(), delivery.Push(source_, Batch(1)));
  delivery.GiveUpAfter(2 * kNanosPerSecond);
  time_passes_ = [] { return true; };
  EXPECT_TRUE(absl::IsCancelled(delivery.Finish()));
  EXPECT_EQ(2, seconds_);
}

}  // namespace
}  // namespace obs
