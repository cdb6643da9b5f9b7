#include "app/connection_watch.h"

#include "base/clock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

constexpr std::int64_t kLater = 2 * kNanosPerSecond;

constexpr std::string_view kWhy = "connection refused";

std::string TextOf(const std::optional<ConnectionWatch::Notice>& notice) {
  return notice ? notice->text : "";
}

TEST(ConnectionWatchTest, FirstConnectionIsToldOnce) {
  ConnectionWatch watch("host:9000", 0);
  const auto notice = watch.Update(true, "", 0);
  EXPECT_EQ("connected to host:9000", TextOf(notice));
  EXPECT_FALSE(notice->is_problem);
  EXPECT_FALSE(watch.Update(true, "", kLater));
}

TEST(ConnectionWatchTest, AbsenceIsToldAfterASecondAndOnce) {
  ConnectionWatch watch("host:9000", 0);
  EXPECT_FALSE(watch.Update(false, kWhy, kNanosPerSecond / 2));
  const auto notice = watch.Update(false, kWhy, kLater);
  EXPECT_EQ("cannot reach host:9000: connection refused; trying again", TextOf(notice));
  EXPECT_TRUE(notice->is_problem);
  EXPECT_FALSE(watch.Update(false, kWhy, kLater));
}

TEST(ConnectionWatchTest, AnotherReasonIsToldToo) {
  ConnectionWatch watch("host:9000", 0);
  watch.Update(false, kWhy, kLater);
  EXPECT_EQ("cannot reach host:9000: invalid key; trying again",
            TextOf(watch.Update(false, "invalid key", kLater)));
}

TEST(ConnectionWatchTest, LossAndReturnAreToldAtOnce) {
  ConnectionWatch watch("host:9000", 0);
  watch.Update(true, "", 0);
  EXPECT_EQ("lost host:9000: connection refused; trying again", TextOf(watch.Update(false, kWhy, 1)));
  EXPECT_FALSE(watch.Update(false, kWhy, kLater));
  EXPECT_EQ("reconnected to host:9000", TextOf(watch.Update(true, "", kLater)));
  EXPECT_EQ("lost host:9000: connection refused; trying again", TextOf(watch.Update(false, kWhy, kLater)));
}

TEST(ConnectionWatchTest, AddressIsNotNamedTwice) {
  ConnectionWatch watch("host:9000", 0);
  EXPECT_EQ("cannot reach host:9000: refused; trying again",
            TextOf(watch.Update(false, "host:9000: refused", kLater)));
  EXPECT_EQ("host:90001: refused", WithoutAddress("host:90001: refused", "host:9000"));
  EXPECT_EQ("", WithoutAddress("", "host:9000"));
}

}  // namespace
}  // namespace obs
