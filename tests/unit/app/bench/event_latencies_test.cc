#include "app/bench/event_latencies.h"

#include "base/clock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

constexpr std::int64_t kMs = kNanosPerMilli;

// Ten events a second from time 0 on, in five slots.
class EventLatenciesTest : public ::testing::Test {
 protected:
  EventLatenciesTest() { events_.Begin(OpenLoop(0, 10), 0); }

  EventLatencies events_{5};
};

TEST_F(EventLatenciesTest, EventCountsFromWhenItWasDue) {
  events_.See(3, 300 * kMs + 20 * kMs);
  EXPECT_EQ(events_.seen(), 1u);
  EXPECT_EQ(events_.Summary().max_ms, 20);
}

TEST_F(EventLatenciesTest, EventSeenAgainCountsOnce) {
  events_.See(0, 5 * kMs);
  events_.See(0, 900 * kMs);
  EXPECT_EQ(events_.seen(), 1u);
  EXPECT_EQ(events_.Summary().max_ms, 5);
}

TEST_F(EventLatenciesTest, OvertakenEventsWaitedUntilANewerOneOfTheirSlotWasSeen) {
  events_.See(12, 1200 * kMs + 10 * kMs);  // 2 and 7 were due at 200 and 700 ms
  EXPECT_EQ(events_.seen(), 3u);
  EXPECT_EQ(events_.overtaken(), 2u);
  EXPECT_EQ(events_.Summary().max_ms, 1010);
  EXPECT_NEAR(events_.Summary().p50_ms, 510, 3);
}

TEST_F(EventLatenciesTest, OlderEventOfASlotIsNoNews) {
  events_.See(7, 700 * kMs);
  events_.See(2, 800 * kMs);
  EXPECT_EQ(events_.seen(), 2u);
}

TEST(EventLatenciesBeginTest, EventsBeforeTheFirstAreNotCounted) {
  EventLatencies events(5);
  events.See(1, 0);
  events.Begin(OpenLoop(0, 10), 7);
  events.See(6, 650 * kMs);
  EXPECT_EQ(events.seen(), 0u);
  events.See(11, 1100 * kMs);
  events.See(7, 700 * kMs);
  EXPECT_EQ(events.seen(), 2u);
}

}  // namespace
}  // namespace obs
