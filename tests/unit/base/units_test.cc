#include "base/units.h"

#include "gtest/gtest.h"

namespace obs {
namespace {

TEST(UnitsTest, DurationsHaveUnits) {
  EXPECT_EQ(ParseDurationNanos("500ms").value(), 500'000'000);
  EXPECT_EQ(ParseDurationNanos("1.5h").value(), 5'400'000'000'000);
  EXPECT_EQ(ParseDurationNanos("1m30s").value(), 90'000'000'000);
  EXPECT_EQ(ParseDurationNanos("0").value(), 0);
}

TEST(UnitsTest, WhatIsNoDurationIsRefused) {
  for (const char* text : {"", "5", "1m5", "ms", "-1s", "1 s", "nan", "inf", "1x", "1e300d"}) {
    EXPECT_FALSE(ParseDurationNanos(text).ok()) << text;
  }
  EXPECT_EQ(ParseDurationNanos("5").status().message(),
            "\"5\" is not a duration; write for example 500ms, 10s or 5m");
}

TEST(UnitsTest, DurationsAreWrittenAsTheyAreRead) {
  for (const char* text : {"500ms", "1m30s", "2d", "1s1ns"}) {
    EXPECT_EQ(FormatDuration(ParseDurationNanos(text).value()), text);
  }
}

TEST(UnitsTest, SizesMayHaveUnits) {
  EXPECT_EQ(ParseBytes("65536").value(), 65536u);
  EXPECT_EQ(ParseBytes("512MiB").value(), 512u * 1024 * 1024);
  EXPECT_EQ(ParseBytes("1.5kB").value(), 1500u);
  for (const char* text : {"", "MiB", "1 MiB", "1MiB2", "-1", "1e30"})
    EXPECT_FALSE(ParseBytes(text).ok()) << text;
}

TEST(UnitsTest, SizesAreWrittenAsTheyAreRead) {
  for (const char* text : {"0", "1000", "65KiB", "4MiB", "1GiB", "1025GiB", "2048GiB"}) {
    EXPECT_EQ(FormatBytesExactly(ParseBytes(text).value()), text);
  }
}

TEST(UnitsTest, SizesAreWrittenWithOneDecimal) {
  EXPECT_EQ(FormatBytes(1023), "1023 B");
  EXPECT_EQ(FormatBytes(1536), "1.5 KiB");
}

}  // namespace
}  // namespace obs
