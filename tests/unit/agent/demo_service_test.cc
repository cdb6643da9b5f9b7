#include "agent/demo_service.h"

#include <algorithm>
#include <map>
#include <vector>

#include "gtest/gtest.h"

namespace obs {
namespace {

struct Day {
  std::vector<DemoService::Finished> requests;
  std::vector<std::size_t> queue_depths;  // every 20 ms
};

Day LiveForADay(std::uint64_t seed) {
  DemoService service(seed);
  Day day;
  for (double now = 0; now <= DemoService::kDaySeconds; now += 0.02) {
    service.AdvanceTo(now, [&](const DemoService::Finished& request) { day.requests.push_back(request); });
    day.queue_depths.push_back(service.queue_depth());
  }
  return day;
}

double QuantileOfDurations(const Day& day, double q) {
  std::vector<double> durations;
  for (const auto& request : day.requests) durations.push_back(request.duration_seconds);
  std::sort(durations.begin(), durations.end());
  return durations[static_cast<std::size_t>(q * static_cast<double>(durations.size() - 1))];
}

TEST(DemoServiceTest, SameSeedGivesTheSameRequestsHoweverOftenItIsAsked) {
  const Day day = LiveForADay(7);
  DemoService service(7);
  std::vector<DemoService::Finished> at_once;
  service.AdvanceTo(DemoService::kDaySeconds, [&](const auto& request) { at_once.push_back(request); });
  ASSERT_GE(at_once.size(), day.requests.size());
  for (std::size_t i = 0; i < day.requests.size(); ++i) {
    ASSERT_EQ(day.requests[i].route, at_once[i].route);
    ASSERT_EQ(day.requests[i].duration_seconds, at_once[i].duration_seconds);
  }
  EXPECT_NE(LiveForADay(8).requests.size(), day.requests.size());
}

TEST(DemoServiceTest, RateFollowsAWaveThatIsHighInTheMorningAndLowInTheEvening) {
  EXPECT_GT(DemoService::WaveRate(DemoService::kDaySeconds / 4),
            4 * DemoService::WaveRate(DemoService::kDaySeconds * 3 / 4));
}

TEST(DemoServiceTest, LatencyHasASlowTail) {
  const Day day = LiveForADay(7);
  EXPECT_GT(QuantileOfDurations(day, 0.5), 0.005);
  EXPECT_LT(QuantileOfDurations(day, 0.5), 0.2);
  EXPECT_GT(QuantileOfDurations(day, 0.99), 5 * QuantileOfDurations(day, 0.5));
}

TEST(DemoServiceTest, QueueIsMostlyEmptyAndFillsInBurstsWithinItsBound) {
  const Day day = LiveForADay(7);
  const auto empty = std::count(day.queue_depths.begin(), day.queue_depths.end(), 0);
  EXPECT_GT(empty, static_cast<std::ptrdiff_t>(day.queue_depths.size() / 2));
  const std::size_t longest = *std::max_element(day.queue_depths.begin(), day.queue_depths.end());
  EXPECT_GT(longest, 50u);
  EXPECT_LE(longest, DemoService::kMaxQueue);
}

TEST(DemoServiceTest, FewRequestsFailAndInSeveralWays) {
  const Day day = LiveForADay(7);
  std::map<int, std::size_t> by_status;
  for (const auto& request : day.requests) ++by_status[request.status];
  EXPECT_GT(by_status[200], day.requests.size() * 8 / 10);
  for (const int status : {400, 401, 404, 409, 500, 503}) EXPECT_GT(by_status[status], 0u) << status;
}

}  // namespace
}  // namespace obs
