#include "base/json_text.h"

#include <cstdlib>
#include <limits>
#include <string>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace obs {
namespace {

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

std::string Number(double value) {
  std::string out;
  AppendJsonNumber(out, value);
  return out;
}

std::string Millis(std::int64_t micros) {
  std::string out;
  AppendJsonMillis(out, micros);
  return out;
}

TEST(JsonTextTest, PlainTextIsOnlyQuoted) {
  EXPECT_EQ(Quoted("cpu_percent"), "\"cpu_percent\"");
}

TEST(JsonTextTest, QuotesBackslashesAndControlCharactersAreEscaped) {
  EXPECT_EQ(Quoted("a\"b\\c\n\t\r\b\f"), R"("a\"b\\c\n\t\r\b\f")");
  EXPECT_EQ(Quoted(std::string_view("\0\x1f", 2)), "\"\\u0000\\u001f\"");
}

TEST(JsonTextTest, EveryByteReadsBackByAJsonLibrary) {
  for (int c = 0; c < 128; ++c) {
    const std::string text = std::string("a") + static_cast<char>(c) + "b";
    EXPECT_EQ(nlohmann::json::parse(Quoted(text)).get<std::string>(), text) << c;
  }
}

TEST(JsonTextTest, Utf8IsKeptAsItIs) {
  EXPECT_EQ(Quoted("Zürich €😀"), "\"Zürich €😀\"");
}

TEST(JsonTextTest, EachByteThatIsNoUtf8BecomesAReplacementCharacter) {
  EXPECT_EQ(Quoted("a\xff\xfe-ü\n\xc3"), "\"a\xEF\xBF\xBD\xEF\xBF\xBD-ü\\n\xEF\xBF\xBD\"");
}

TEST(JsonTextTest, NumbersAreTheShortestThatReadBack) {
  EXPECT_EQ(Number(0), "0");
  EXPECT_EQ(Number(0.1), "0.1");
  EXPECT_EQ(Number(-2.5), "-2.5");
  EXPECT_EQ(Number(1e300), "1e+300");
  EXPECT_EQ(Number(-0.0), "-0");
  for (const double value : {1.0 / 3, 5e-324, std::numeric_limits<double>::max(), 1e21, -1e-7}) {
    EXPECT_EQ(std::strtod(Number(value).c_str(), nullptr), value);
    EXPECT_EQ(nlohmann::json::parse(Number(value)).get<double>(), value);
  }
}

TEST(JsonTextTest, WholeNumbersAreWrittenInDigits) {
  EXPECT_EQ(Number(1e6), "1000000");
  EXPECT_EQ(Number(-123456789), "-123456789");
  EXPECT_EQ(Number(999999999999999), "999999999999999");
  EXPECT_EQ(Number(1e15), "1e+15");
}

TEST(JsonTextTest, WhatJsonLacksIsNull) {
  EXPECT_EQ(Number(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(Number(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(Number(-std::numeric_limits<double>::infinity()), "null");
}

TEST(JsonTextTest, MillisecondsHaveThreeDecimals) {
  EXPECT_EQ(Millis(1700000000000123), "1700000000000.123");
  EXPECT_EQ(Millis(1700000000000000), "1700000000000.000");
  EXPECT_EQ(Millis(7), "0.007");
  EXPECT_EQ(Millis(-1500), "-1.500");
  EXPECT_EQ(Millis(std::numeric_limits<std::int64_t>::min()), "-9223372036854775.808");
}

}  // namespace
}  // namespace obs
