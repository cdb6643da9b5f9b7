#include "wire/text_number.h"

#include <cfloat>
#include <cmath>
#include <cstdlib>
#include <random>
#include <string>

#include "gtest/gtest.h"

namespace obs {
namespace {

TEST(ParseNumberTest, ReadsDecimals) {
  EXPECT_EQ(ParseNumber("0"), 0.0);
  EXPECT_EQ(ParseNumber("5"), 5.0);
  EXPECT_EQ(ParseNumber("+5"), 5.0);
  EXPECT_EQ(ParseNumber("-5.25"), -5.25);
  EXPECT_EQ(ParseNumber("0.1"), 0.1);
  EXPECT_EQ(ParseNumber(".5"), 0.5);
  EXPECT_EQ(ParseNumber("5."), 5.0);
  EXPECT_EQ(ParseNumber("1e3"), 1000.0);
  EXPECT_EQ(ParseNumber("1.5E-3"), 0.0015);
  EXPECT_EQ(ParseNumber("18446744073709551615"), 18446744073709551615.0);
  EXPECT_EQ(ParseNumber("123456789012345.678"), 123456789012345.678);
}

TEST(ParseNumberTest, AgreesWithTheCLibraryToTheLastBit) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 100'000; ++round) {
    const std::string whole = std::to_string(random() >> (random() % 63));
    const std::string text = whole + "." + std::to_string(random() >> (random() % 63));
    ASSERT_EQ(ParseNumber(text), std::strtod(text.c_str(), nullptr)) << text;
    ASSERT_EQ(ParseNumber(whole), std::strtod(whole.c_str(), nullptr)) << whole;
  }
}

TEST(ParseNumberTest, ReadsWhatPrometheusWritesForNoNumber) {
  EXPECT_EQ(ParseNumber("+Inf"), HUGE_VAL);
  EXPECT_EQ(ParseNumber("-Inf"), -HUGE_VAL);
  EXPECT_TRUE(std::isnan(ParseNumber("NaN").value_or(0)));
}

TEST(ParseNumberTest, TooLargeIsInfiniteAndTooSmallIsZero) {
  EXPECT_EQ(ParseNumber("1e999"), HUGE_VAL);
  EXPECT_EQ(ParseNumber("-1e999"), -HUGE_VAL);
  EXPECT_EQ(ParseNumber("1e-999"), 0.0);
  EXPECT_EQ(ParseNumber("1.7976931348623157e308"), DBL_MAX);
}

TEST(ParseNumberTest, RefusesAnythingElse) {
  for (const char* text : {"", "-", "+", ".", "-.", "5x", "x5", "5 ", " 5", "0x10", "1,5", "+-5", "--5", "1e",
                           "5.5.5", "nan(1)", "1_000"}) {
    EXPECT_EQ(ParseNumber(text), std::nullopt) << text;
  }
  EXPECT_EQ(ParseNumber(std::string_view("5\0", 2)), std::nullopt);
}

TEST(ParseTimestampTest, UnitFollowsFromTheSize) {
  EXPECT_EQ(ParseTimestamp("1700000000"), 1'700'000'000'000'000'000);
  EXPECT_EQ(ParseTimestamp("1700000000.25"), 1'700'000'000'250'000'000);
  EXPECT_EQ(ParseTimestamp("1700000000123"), 1'700'000'000'123'000'000);
  EXPECT_EQ(ParseTimestamp("1700000000123.456"), 1'700'000'000'123'456'000);
  EXPECT_EQ(ParseTimestamp("1700000000123456"), 1'700'000'000'123'456'000);
  EXPECT_EQ(ParseTimestamp("1700000000123456789"), 1'700'000'000'123'456'789);
  EXPECT_EQ(ParseTimestamp("1700000000.1234567894"), 1'700'000'000'123'456'789);
  EXPECT_EQ(ParseTimestamp("0"), 0);
}

TEST(ParseTimestampTest, ReadsRfc3339) {
  EXPECT_EQ(ParseTimestamp("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(ParseTimestamp("2024-02-29T12:00:00Z"), 1'709'208'000'000'000'000);
  EXPECT_EQ(ParseTimestamp("2024-02-29t12:00:00.5z"), 1'709'208'000'500'000'000);
  EXPECT_EQ(ParseTimestamp("2024-02-29T13:30:00.000000001+01:30"), 1'709'208'000'000'000'001);
  EXPECT_EQ(ParseTimestamp("2024-02-29T07:00:00-05:00"), 1'709'208'000'000'000'000);
  EXPECT_EQ(ParseTimestamp("2016-12-31T23:59:60Z"), ParseTimestamp("2017-01-01T00:00:00Z"));  // a leap second
}

TEST(ParseTimestampTest, RefusesAnythingElse) {
  for (const char* text : {"",
                           "-1",
                           "+1",
                           "now",
                           "1.",
                           ".5",
                           "1e9",
                           "1700000000x",
                           "9999999999999999999",
                           "99999999999999999999",
                           "2023-02-29T12:00:00Z",
                           "2024-13-01T00:00:00Z",
                           "2024-02-29T24:00:00Z",
                           "2024-02-29T12:60:00Z",
                           "2024-02-29T12:00:00",
                           "2024-02-29",
                           "2024-02-29 12:00:00Z",
                           "2024-02-29T12:00:00.Z",
                           "2024-2-29T12:00:00Z",
                           "2024-02-29T12:00:00+25:00",
                           "2024-02-29T12:00:00+0100",
                           "2024-02-29T12:00:00Zx",
                           "1969-12-31T23:59:59Z",
                           "1970-01-01T00:00:00+01:00",
                           "2262-01-01T00:00:00Z",
                           "9999-12-31T23:59:59Z"}) {
    EXPECT_EQ(ParseTimestamp(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace obs
