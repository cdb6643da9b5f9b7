#include "app/value_text.h"

#include <cmath>

#include "gtest/gtest.h"

namespace obs {
namespace {

TEST(ValueTextTest, NumbersAreShortAndWholeOnesExact) {
  EXPECT_EQ(NumberText(0), "0");
  EXPECT_EQ(NumberText(123456), "123456");
  EXPECT_EQ(NumberText(1234567), "1.235M");
  EXPECT_EQ(NumberText(-2.5e9), "-2.5G");
  EXPECT_EQ(NumberText(3.14159), "3.142");
  EXPECT_EQ(NumberText(12345.6), "12.35k");
  EXPECT_EQ(NumberText(999999.7), "1M");
}

TEST(ValueTextTest, NamesTellUnits) {
  EXPECT_EQ(ValueText("node_memory_MemFree_bytes", 1.5 * 1024 * 1024), "1.5 MiB");
  EXPECT_EQ(ValueText("node_network_receive_bytes_total", 512), "512 B");
  EXPECT_EQ(ValueText("request_seconds", 0.0123), "12.3 ms");
  EXPECT_EQ(ValueText("request_seconds", 12e-6), "12 µs");
  EXPECT_EQ(ValueText("request_seconds", 3.5e-9), "3.5 ns");
  EXPECT_EQ(ValueText("request_seconds", 0), "0 s");
  EXPECT_EQ(ValueText("uptime_seconds", 90), "90 s");
  EXPECT_EQ(ValueText("uptime_seconds", 600), "10 min");
  EXPECT_EQ(ValueText("uptime_seconds", 36000), "10 h");
  EXPECT_EQ(ValueText("uptime_seconds", 864000), "10 d");
  EXPECT_EQ(ValueText("response_time_ms", 23.5), "23.5 ms");
  EXPECT_EQ(ValueText("cpu_percent", 42), "42 %");
  EXPECT_EQ(ValueText("cache_hit_ratio", 0.425), "42.5 %");
  EXPECT_EQ(ValueText("cpu_frequency_hertz", 2.4e9), "2.4G Hz");
  EXPECT_EQ(ValueText("requests_total", 1000), "1000");
}

TEST(ValueTextTest, SecondsSinceNineteenSeventyAreADate) {
  EXPECT_EQ(ValueText("node_boot_time_seconds", 1.75e9), "2025-06-15");
}

TEST(ValueTextTest, WhatIsNoNumberIsADash) {
  EXPECT_EQ(ValueText("x", std::nan("")), "-");
}

TEST(ValueTextTest, AgesAreShort) {
  EXPECT_EQ(AgeText(260'000), "0.3s");
  EXPECT_EQ(AgeText(-5), "0.0s");
  EXPECT_EQ(AgeText(12'000'000), "12s");
  EXPECT_EQ(AgeText(300'000'000), "5m");
  EXPECT_EQ(AgeText(3 * 3600 * 1'000'000LL), "3h");
}

}  // namespace
}  // namespace obs
