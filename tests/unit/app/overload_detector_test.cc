#include "app/overload_detector.h"

#include "gtest/gtest.h"

namespace obs {
namespace {

constexpr std::int64_t kVeryLate = 20 * kNanosPerMilli;

class OverloadDetectorTest : public ::testing::Test {
 protected:
  // Measurements of a process that uses `share` of two cores.
  void Observe(int count, std::int64_t late_ns, double share, std::uint64_t resident_bytes = 0) {
    for (int i = 0; i < count; ++i) {
      now_.now_ns += OverloadDetector::kPeriodNs;
      now_.late_ns = late_ns;
      now_.cpu_seconds += share * 2 * static_cast<double>(OverloadDetector::kPeriodNs) / kNanosPerSecond;
      now_.resident_bytes = resident_bytes;
      detector_.Observe(now_);
    }
  }

  OverloadDetector detector_{2, 1000};
  OverloadDetector::Measurement now_;
};

TEST_F(OverloadDetectorTest, HardWorkInTimeIsNoOverload) {
  Observe(100, kNanosPerMilli, 0.95);
  EXPECT_FALSE(detector_.lacks_cpu());
}

TEST_F(OverloadDetectorTest, WorkThatComesLateIs) {
  Observe(20, 0, 0.9);
  Observe(2, kVeryLate, 0.9);
  EXPECT_FALSE(detector_.lacks_cpu()) << "that happens";
  Observe(1, kVeryLate, 0.9);
  EXPECT_TRUE(detector_.lacks_cpu());
}

TEST_F(OverloadDetectorTest, CoresThatOthersUseAreNotItsOverload) {
  Observe(100, kVeryLate, 0.2);
  EXPECT_FALSE(detector_.lacks_cpu());
}

TEST_F(OverloadDetectorTest, NothingIsSaidOfTheFirstMoments) {
  Observe(9, kVeryLate, 1);
  EXPECT_FALSE(detector_.lacks_cpu());
}

TEST_F(OverloadDetectorTest, ItEndsHalfASecondAfterTheLastLateOne) {
  Observe(20, kVeryLate, 0.9);
  Observe(9, 0, 0.9);
  EXPECT_TRUE(detector_.lacks_cpu());
  Observe(1, 0, 0.9);
  EXPECT_FALSE(detector_.lacks_cpu());
}

TEST_F(OverloadDetectorTest, ItEndsWhenThereIsNoMoreWork) {
  Observe(20, kVeryLate, 0.9);
  Observe(10, kVeryLate, 0.1);
  EXPECT_FALSE(detector_.lacks_cpu());
}

TEST_F(OverloadDetectorTest, MemoryIsShortFromNearTheLimitUntilThereIsRoomAgain) {
  Observe(1, 0, 0, 969);
  EXPECT_FALSE(detector_.lacks_memory());
  Observe(1, 0, 0, 970);
  EXPECT_TRUE(detector_.lacks_memory());
  Observe(1, 0, 0, 901);
  EXPECT_TRUE(detector_.lacks_memory());
  Observe(1, 0, 0, 899);
  EXPECT_FALSE(detector_.lacks_memory());
  Observe(1, 0, 0, 969);
  EXPECT_FALSE(detector_.lacks_memory());
}

TEST(OverloadDetectorWithoutLimitTest, MemoryIsNeverShort) {
  OverloadDetector detector(2, 0);
  detector.Observe({.resident_bytes = std::uint64_t{1} << 60});
  EXPECT_FALSE(detector.lacks_memory());
}

}  // namespace
}  // namespace obs
