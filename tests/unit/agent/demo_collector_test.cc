#include "agent/demo_collector.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/fake_clock.h"
#include "unit/agent/list_sink.h"

namespace obs {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::StartsWith;

std::vector<std::string> RunFor(std::int64_t nanos, std::int64_t step_nanos) {
  FakeClock clock;
  ListSink sink;
  DemoCollector collector(sink, clock, 7);
  for (std::int64_t passed = 0; passed < nanos; passed += step_nanos) {
    clock.Advance(step_nanos);
    collector.Collect();
  }
  return sink.lines();
}

TEST(DemoCollectorTest, EveryMetricShowsWithinAFewSeconds) {
  const auto lines = RunFor(5 * kNanosPerSecond, 20 * kNanosPerMilli);
  EXPECT_THAT(lines, Contains("count demo_requests_total{method=\"GET\",route=\"/\"} 1"));
  EXPECT_THAT(
      lines,
      Contains(StartsWith("observe demo_request_duration_seconds{method=\"POST\",route=\"/checkout\"} 0.")));
  EXPECT_THAT(lines, Contains(StartsWith("count demo_errors_total{status=\"4")));
  EXPECT_THAT(lines, Contains("gauge demo_queue_depth 0"));
  EXPECT_THAT(lines, Contains(StartsWith("gauge demo_in_flight_requests ")));
}

TEST(DemoCollectorTest, SameTimesGiveTheSameRecordings) {
  EXPECT_EQ(RunFor(kNanosPerSecond, 20 * kNanosPerMilli), RunFor(kNanosPerSecond, 20 * kNanosPerMilli));
}

TEST(DemoCollectorTest, NothingHappensInNoTime) {
  FakeClock clock;
  ListSink sink;
  DemoCollector(sink, clock, 7).Collect();
  EXPECT_THAT(sink.lines(), ElementsAre("gauge demo_queue_depth 0", "gauge demo_in_flight_requests 0"));
}

TEST(DemoCollectorTest, LongPauseIsNotCaughtUp) {
  EXPECT_LT(RunFor(3600 * kNanosPerSecond, 3600 * kNanosPerSecond).size(), 2000u);
}

}  // namespace
}  // namespace obs
