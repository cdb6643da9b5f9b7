#include "ingest/clock_offset.h"

#include "gtest/gtest.h"
#include "support/fake_clock.h"

namespace obs {
namespace {

class ClockOffsetTest : public ::testing::Test {
 protected:
  // A batch whose newest sample is dated so much after its receipt.
  void Take(std::int64_t after_ms) {
    offset_.Take(clock_.NowNanos() + after_ms * kNanosPerMilli, clock_.NowNanos());
  }
  std::int64_t Millis() const { return offset_.nanos().value() / kNanosPerMilli; }

  FakeClock clock_;
  ClockOffset offset_;
};

TEST_F(ClockOffsetTest, IsUnknownBeforeTheFirstTimestamp) {
  EXPECT_FALSE(offset_.nanos().has_value());
}

TEST_F(ClockOffsetTest, IsThatOfTheLeastDelayed) {
  for (const std::int64_t after_ms : {29'900, 29'990, -5'000, 29'950}) Take(after_ms);
  EXPECT_EQ(29'990, Millis());
}

TEST_F(ClockOffsetTest, AClockThatIsBehindIsBelowZero) {
  Take(-30'000);
  Take(-30'200);
  EXPECT_EQ(-30'000, Millis());
}

TEST_F(ClockOffsetTest, LastsForOnePeriodMoreAndIsThenForgotten) {
  Take(30'000);
  clock_.Advance(ClockOffset::kPeriodNs);
  Take(-10);
  EXPECT_EQ(30'000, Millis());
  clock_.Advance(ClockOffset::kPeriodNs);
  Take(-20);
  EXPECT_EQ(-10, Millis());
}

TEST_F(ClockOffsetTest, AfterASilenceOnlyWhatIsNewCounts) {
  Take(30'000);
  clock_.Advance(100 * ClockOffset::kPeriodNs);
  EXPECT_EQ(30'000, Millis());
  Take(-10);
  EXPECT_EQ(-10, Millis());
}

TEST_F(ClockOffsetTest, OurOwnClockMayBeSetBack) {
  Take(-10);
  clock_.Set(clock_.NowNanos() - 3600 * kNanosPerSecond);
  Take(3'600'000);
  EXPECT_EQ(3'600'000, Millis());
  clock_.Advance(2 * ClockOffset::kPeriodNs);
  Take(0);
  EXPECT_EQ(0, Millis());
}

}  // namespace
}  // namespace obs
