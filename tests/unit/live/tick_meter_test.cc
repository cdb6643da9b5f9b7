#include "live/tick_meter.h"

#include "gtest/gtest.h"

namespace obs {
namespace {

TEST(TickMeterTest, WithoutTicksAllIsZero) {
  EXPECT_EQ(TickMeter().Read().p99_seconds, 0);
  EXPECT_EQ(TickMeter().Read().max_seconds, 0);
}

TEST(TickMeterTest, QuantilesAreInSeconds) {
  TickMeter meter;
  for (int i = 1; i <= 100; ++i) meter.Record(kNanosPerSecond, i * kNanosPerMilli);
  const TickMeter::Times times = meter.Read();
  EXPECT_NEAR(times.p50_seconds, 0.050, 0.001);
  EXPECT_NEAR(times.p99_seconds, 0.099, 0.002);
  EXPECT_EQ(times.max_seconds, 0.1);
}

TEST(TickMeterTest, WhatIsLongPastIsForgotten) {
  TickMeter meter;
  meter.Record(100 * kNanosPerSecond, kNanosPerSecond);
  meter.Record(111 * kNanosPerSecond, kNanosPerMilli);
  EXPECT_EQ(meter.Read().max_seconds, 1);
  meter.Record(122 * kNanosPerSecond, kNanosPerMilli);
  EXPECT_EQ(meter.Read().max_seconds, 0.001);
}

}  // namespace
}  // namespace obs
