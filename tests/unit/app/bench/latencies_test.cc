#include "app/bench/latencies.h"

#include "base/clock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

constexpr std::int64_t kMs = kNanosPerMilli;

TEST(LatenciesTest, NothingRecordedIsAllZeros) {
  const LatencySummary summary = Latencies().Summary();
  EXPECT_EQ(summary.count, 0u);
  EXPECT_EQ(summary.p50_ms, 0);
  EXPECT_EQ(summary.max_ms, 0);
}

TEST(LatenciesTest, QuantilesAreOfWhatWasRecorded) {
  Latencies latencies;
  for (int i = 1; i <= 1000; ++i) latencies.Record(i * kMs);
  const LatencySummary summary = latencies.Summary();
  EXPECT_EQ(summary.count, 1000u);
  EXPECT_NEAR(summary.p50_ms, 500, 3);
  EXPECT_NEAR(summary.p90_ms, 900, 5);
  EXPECT_NEAR(summary.p99_ms, 990, 6);
  EXPECT_NEAR(summary.p999_ms, 999, 6);
  EXPECT_EQ(summary.max_ms, 1000);
}

TEST(LatenciesTest, NegativeTimeIsZero) {
  Latencies latencies;
  latencies.Record(-5 * kMs);
  EXPECT_EQ(latencies.Summary().max_ms, 0);
}

TEST(LatenciesTest, CorrectionAddsTheSamplesThatAStallLeftOut) {
  Latencies plain, corrected;
  for (int i = 0; i < 99; ++i) {
    plain.Record(1 * kMs);
    corrected.RecordCorrected(1 * kMs, 10 * kMs);
  }
  plain.Record(1000 * kMs);
  corrected.RecordCorrected(1000 * kMs, 10 * kMs);
  EXPECT_NEAR(plain.Summary().p90_ms, 1, 0.01);
  // 990, 980 ... 10 ms, for those that would have come during the second.
  EXPECT_EQ(corrected.Summary().count, 199u);
  EXPECT_NEAR(corrected.Summary().p90_ms, 800, 10);
  EXPECT_EQ(corrected.Summary().max_ms, 1000);
}

TEST(LatenciesTest, CorrectionAddsNothingWithinTheInterval) {
  Latencies latencies;
  latencies.RecordCorrected(10 * kMs, 10 * kMs);
  latencies.RecordCorrected(19 * kMs, 10 * kMs);
  EXPECT_EQ(latencies.Summary().count, 2u);
}

TEST(LatenciesTest, MergedSummaryCoversBoth) {
  Latencies a, b;
  a.Record(1 * kMs);
  b.Record(3 * kMs);
  a.Merge(b);
  EXPECT_EQ(a.Summary().count, 2u);
  EXPECT_EQ(a.Summary().max_ms, 3);
}

TEST(OpenLoopTest, EventsAreDueAtTheRateHoweverLateOneLooks) {
  const OpenLoop loop(5 * kNanosPerSecond, 100);
  EXPECT_EQ(loop.DueNanos(0), 5 * kNanosPerSecond);
  EXPECT_EQ(loop.DueNanos(3), 5 * kNanosPerSecond + 30 * kMs);
  EXPECT_EQ(loop.DueBy(5 * kNanosPerSecond - 1), 0u);
  EXPECT_EQ(loop.DueBy(5 * kNanosPerSecond), 1u);
  EXPECT_EQ(loop.DueBy(6 * kNanosPerSecond), 101u);
}

TEST(OpenLoopTest, DueByAgreesWithDueNanosAtOddRates) {
  const OpenLoop loop(0, 333.3);
  for (std::uint64_t event = 0; event < 10'000; ++event) {
    EXPECT_EQ(loop.DueBy(loop.DueNanos(event)), event + 1);
    EXPECT_EQ(loop.DueBy(loop.DueNanos(event) - 1), event);
  }
}

}  // namespace
}  // namespace obs
