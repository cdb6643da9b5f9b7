#include "base/backoff.h"

#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace obs {
namespace {

constexpr double kAlmostOne = 0.999999999999;

std::function<double()> Always(double value) {
  return [value] { return value; };
}

std::vector<std::int64_t> DelaysInMillis(Backoff& backoff, int count) {
  std::vector<std::int64_t> millis;
  for (int i = 0; i < count; ++i) {
    millis.push_back((backoff.NextDelayNanos() + kNanosPerMilli / 2) / kNanosPerMilli);
  }
  return millis;
}

TEST(BackoffTest, LimitDoublesUpToTheMaximum) {
  Backoff backoff({}, Always(kAlmostOne));
  EXPECT_EQ(DelaysInMillis(backoff, 11),
            (std::vector<std::int64_t>{100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000}));
}

TEST(BackoffTest, DelayIsSpreadFromZeroToTheLimit) {
  Backoff shortest({}, Always(0));
  EXPECT_EQ(DelaysInMillis(shortest, 3), (std::vector<std::int64_t>{0, 0, 0}));
  Backoff middle({}, Always(0.5));
  EXPECT_EQ(DelaysInMillis(middle, 3), (std::vector<std::int64_t>{50, 100, 200}));
}

TEST(BackoffTest, SuccessStartsOver) {
  Backoff backoff({}, Always(kAlmostOne));
  DelaysInMillis(backoff, 5);
  backoff.Reset();
  EXPECT_EQ(DelaysInMillis(backoff, 2), (std::vector<std::int64_t>{100, 200}));
}

TEST(BackoffTest, HintIsWaitedForAndThenTheJitter) {
  Backoff backoff({}, Always(0.5));
  EXPECT_EQ(backoff.NextDelayNanos(2 * kNanosPerSecond), 2050 * kNanosPerMilli);
  EXPECT_EQ(backoff.NextDelayNanos(2 * kNanosPerSecond), 2100 * kNanosPerMilli);
}

TEST(BackoffTest, HintThatMakesNoSenseIsBounded) {
  Backoff backoff({}, Always(0));
  EXPECT_EQ(backoff.NextDelayNanos(INT64_MAX), 30 * kNanosPerSecond);
  EXPECT_EQ(backoff.NextDelayNanos(-5), 0);
}

TEST(BackoffTest, LongestDelayIsNearTheMaximum) {
  EXPECT_EQ(Backoff({}, Always(0)).LongestDelayNanos(), 30 * kNanosPerSecond);
  EXPECT_GE(Backoff({}, Always(kAlmostOne)).LongestDelayNanos(), 22 * kNanosPerSecond);
}

TEST(BackoffTest, SystemRandomVariesWithinItsRange) {
  const auto random = Backoff::SystemRandom();
  std::set<double> values;
  for (int i = 0; i < 100; ++i) {
    const double value = random();
    EXPECT_GE(value, 0);
    EXPECT_LT(value, 1);
    values.insert(value);
  }
  EXPECT_GT(values.size(), 90u);
}

}  // namespace
}  // namespace obs
