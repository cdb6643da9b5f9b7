#include "ingest/backlog_gate.h"

#include <vector>

#include "gtest/gtest.h"
#include "support/fake_clock.h"

namespace obs {
namespace {

constexpr int kCores = 2;
constexpr std::int64_t kStepNs = 10 * kNanosPerMilli;

class BacklogGateTest : public ::testing::Test {
 protected:
  struct Stream {
    StreamLoad load;
    std::int64_t lag_ns = 3'600 * kNanosPerSecond;  // clocks differ
  };

  // For `ns`, each of `streams` brings a batch at each step, whose lag has grown by `growth` times the time
  // gone by. Returns how many were refused; these do not come again.
  int Send(std::vector<Stream>& streams, std::int64_t ns, double growth) {
    int refused = 0;
    for (std::int64_t t = 0; t < ns; t += kStepNs) {
      clock_.Advance(kStepNs);
      cpu_seconds_ += cpu_share_ * kCores * static_cast<double>(kStepNs) / kNanosPerSecond;
      std::vector<Stream> staying;
      for (Stream& stream : streams) {
        if (!gate_.AdmitsBatch(stream.load)) {
          ++refused;
          continue;
        }
        stream.lag_ns += static_cast<std::int64_t>(growth * static_cast<double>(kStepNs));
        gate_.NoteLag(stream.load, stream.lag_ns);
        staying.push_back(stream);
      }
      streams = staying;
    }
    return refused;
  }

  FakeClock clock_;
  double cpu_seconds_ = 0;
  double cpu_share_ = 0.9;
  BacklogGate gate_{kCores, [this] { return cpu_seconds_; }, clock_};
};

TEST_F(BacklogGateTest, AnyNumberOfStreamsMayComeThatDoNotFallBehind) {
  std::vector<Stream> streams(100);
  EXPECT_EQ(Send(streams, 20 * kNanosPerSecond, 0), 0);
  EXPECT_TRUE(gate_.AdmitsStream());
}

TEST_F(BacklogGateTest, WhoSendsWhatWasKeptForLongIsNotBehind) {
  std::vector<Stream> streams(10);
  EXPECT_EQ(Send(streams, 20 * kNanosPerSecond, -30), 0);
}

TEST_F(BacklogGateTest, OfThoseThatFallBehindAThirdIsEndedEachSecond) {
  std::vector<Stream> streams(9);
  EXPECT_EQ(Send(streams, kNanosPerSecond, 2.8), 0);
  EXPECT_EQ(Send(streams, kNanosPerSecond, 2.8), 3);
  EXPECT_FALSE(gate_.AdmitsStream());
  EXPECT_EQ(Send(streams, kNanosPerSecond, 2.8), 2);
  EXPECT_EQ(streams.size(), 4u);
}

TEST_F(BacklogGateTest, OnceTheRestKeepsUpAllMayComeAgain) {
  std::vector<Stream> streams(9);
  EXPECT_EQ(Send(streams, 2 * kNanosPerSecond, 2.8), 3);
  EXPECT_EQ(Send(streams, 20 * kNanosPerSecond, -0.1), 0);
  EXPECT_TRUE(gate_.AdmitsStream());
}

TEST_F(BacklogGateTest, OnceNobodySendsAllMayComeAgain) {
  std::vector<Stream> streams(9);
  Send(streams, 2 * kNanosPerSecond, 2.8);
  ASSERT_FALSE(gate_.AdmitsStream());
  clock_.Advance(2 * BacklogGate::kPeriodNs);
  EXPECT_TRUE(gate_.AdmitsStream());
}

TEST_F(BacklogGateTest, AStreamThatFallsBehindAloneIsSlowForAnotherReason) {
  std::vector<Stream> fresh(3), late(2);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(Send(late, kStepNs, 2) + Send(fresh, kStepNs, 0), 0);
  }
}

TEST_F(BacklogGateTest, WhereOthersUseTheProcessorRefusingWouldNotHelp) {
  cpu_share_ = BacklogGate::kLeastCpuShare / 2;
  std::vector<Stream> streams(9);
  EXPECT_EQ(Send(streams, 20 * kNanosPerSecond, 2.8), 0);
}

}  // namespace
}  // namespace obs
