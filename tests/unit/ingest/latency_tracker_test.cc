#include "ingest/latency_tracker.h"

#include <string>

#include "gtest/gtest.h"
#include "support/fake_clock.h"

namespace obs {
namespace {

TEST(LatencyTrackerTest, RecentLatenciesAreForgottenAfterTwoPeriods) {
  FakeClock clock;
  LatencyTracker tracker(clock);
  tracker.Observe("api", kNanosPerSecond);
  clock.Advance(LatencyTracker::kPeriodNanos);
  tracker.Observe("api", kNanosPerSecond);
  EXPECT_EQ(2u, tracker.Snapshot().at(0).recent.count());
  clock.Advance(LatencyTracker::kPeriodNanos);
  EXPECT_EQ(1u, tracker.Snapshot().at(0).recent.count());
  clock.Advance(LatencyTracker::kPeriodNanos);
  EXPECT_EQ(0u, tracker.Snapshot().at(0).recent.count());
  EXPECT_EQ(2u, tracker.Snapshot().at(0).total.count());
}

TEST(LatencyTrackerTest, AClockThatIsAheadCountsAsNoLatency) {
  FakeClock clock;
  LatencyTracker tracker(clock);
  tracker.Observe("api", -kNanosPerSecond);
  EXPECT_EQ(0, tracker.Snapshot().at(0).total.max());
}

TEST(LatencyTrackerTest, ServicesAreBounded) {
  FakeClock clock;
  LatencyTracker tracker(clock);
  for (std::size_t i = 0; i < LatencyTracker::kMaxServices + 100; ++i) {
    tracker.Observe("service-" + std::to_string(i), 1);
  }
  EXPECT_EQ(LatencyTracker::kMaxServices + 1, tracker.Snapshot().size());
}

}  // namespace
}  // namespace obs
