#include "model/selector.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

const SeriesIdentity kSeries{
    "cpu_percent", MetricKind::kGauge, "api", "api-1", {{"core", "1"}, {"mode", "user"}}};

bool Matches(std::string_view text, const SeriesIdentity& series = kSeries) {
  const auto selector = Selector::Parse(text);
  EXPECT_TRUE(selector.ok()) << text << ": " << selector.status();
  return selector.ok() && selector->Matches(series);
}

std::string ErrorOf(std::string_view text) {
  const auto selector = Selector::Parse(text);
  EXPECT_FALSE(selector.ok()) << text;
  EXPECT_EQ(selector.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(selector.status().message());
}

class PickingSelectorTest : public testing::TestWithParam<const char*> {};
TEST_P(PickingSelectorTest, PicksTheSeries) {
  EXPECT_TRUE(Matches(GetParam()));
}
INSTANTIATE_TEST_SUITE_P(Selectors, PickingSelectorTest,
                         testing::Values(
                             // names and globs
                             "cpu_percent", "  cpu_percent\t", "*", "cpu_*", "*percent", "c*_p*t",
                             "cpu?percent", "*?", "cpu_percent*", "cpu_percent{}", "{}", " { } ",
                             // matchers
                             R"({service="api"})", R"({instance="api-1"})", R"({kind="gauge"})",
                             R"({__name__="cpu_percent"})", R"(cpu_percent{service="api",core=~"0|1"})",
                             R"(cpu_percent { service = "api" , core =~ "0|1" , } )", R"({core="1",})",
                             R"({core!="0"})", R"({core!~"0|2"})", R"({core=~"[0-9]+"})", R"({mode=~"u.*"})",
                             R"({mode=~".+"})", "{\n  mode=\"user\",\n  core=\"1\"\n}",
                             R"(cpu_*{__name__!="cpu_count"})", R"({__name__=~"cpu_.*"})",
                             // a label that is not there is empty
                             R"({route=""})", R"({route!="/login"})", R"({route=~".*"})", R"({route=~"|x"})",
                             // quotes and escapes
                             R"({mode='user'})", "{mode=`user`}", R"({mode="\x75ser"})",
                             R"({mode="\165ser"})", R"({mode="\u0075ser"})", R"({mode='\U00000075ser'})",
                             R"({core=~"\\d"})", R"({core=~`\d`})"));

class PassingSelectorTest : public testing::TestWithParam<const char*> {};
TEST_P(PassingSelectorTest, PassesTheSeriesBy) {
  EXPECT_FALSE(Matches(GetParam()));
}
INSTANTIATE_TEST_SUITE_P(Selectors, PassingSelectorTest,
                         testing::Values("cpu", "percent", "CPU_percent", "cpu_?", "cpu?", "*cpu",
                                         "cpu_percent?", "memory_*", R"({service="web"})",
                                         R"({kind="counter"})", R"({core=~"0|2"})", R"({core!="1"})",
                                         R"({core!~"1"})",
                                         R"({mode=~"use"})",  // the whole value must match
                                         R"({mode=~"ser"})", R"({route!=""})", R"({route=~".+"})",
                                         R"(cpu_percent{service="api",core="0"})",
                                         R"({__name__="cpu_*"})"));  // a glob only where the name stands

struct BadSelector {
  const char* text;
  const char* error;
};

class BadSelectorTest : public testing::TestWithParam<BadSelector> {};
TEST_P(BadSelectorTest, IsRefusedWithItsColumn) {
  EXPECT_EQ(ErrorOf(GetParam().text), GetParam().error);
}
INSTANTIATE_TEST_SUITE_P(
    Selectors, BadSelectorTest,
    testing::Values(
        BadSelector{"", "selector, column 1: the selector is empty; use \"*\" to pick every series"},
        BadSelector{"  ", "selector, column 3: the selector is empty; use \"*\" to pick every series"},
        BadSelector{"cpu{", "selector, column 5: expected a label name or \"}\", but the selector ends"},
        BadSelector{"cpu{,}", "selector, column 5: expected a label name or \"}\", not ,"},
        BadSelector{"cpu{core}", "selector, column 9: expected =, !=, =~ or !~ after the label core, not }"},
        BadSelector{"cpu{core=1}", "selector, column 10: expected a string in quotes, not 1"},
        BadSelector{"cpu{core=\"1\"", "selector, column 13: expected \",\" or \"}\", but the selector ends"},
        BadSelector{"cpu{a=\"1\" b=\"2\"}", "selector, column 11: expected \",\" or \"}\", not b"},
        BadSelector{"cpu{a=\"1\",,}", "selector, column 11: expected a label name or \"}\", not ,"},
        BadSelector{"cpu{a=\"1}", "selector, column 7: the string is not closed; \" is missing"},
        BadSelector{"cpu{a='1\n'}", "selector, column 9: the string is not closed on its line"},
        BadSelector{
            "cpu{a=\"\\d\"}",
            "selector, column 8: unknown escape; write \\\\ for a backslash, or quote with `backquotes`"},
        BadSelector{"cpu{a=\"\\x4\"}", "selector, column 8: the escape needs 2 digits of base 16"},
        BadSelector{"cpu{a=\"\\409\"}", "selector, column 8: the escape needs 3 digits of base 8"},
        BadSelector{"cpu{a=\"\\ud800\"}", "selector, column 8: the escape is not a character"},
        BadSelector{"cpu{a=\"\\xff\"}", "selector, column 7: the string is not valid UTF-8"},
        BadSelector{
            "cpu{a=\"\\",
            "selector, column 8: unknown escape; write \\\\ for a backslash, or quote with `backquotes`"},
        BadSelector{"cpu{a=~\"(\"}", "selector, column 8: bad regular expression: missing ): ("},
        BadSelector{"cpu mem", "selector, column 5: expected \"{\" or the end, not m"},
        BadSelector{"cpu{}x", "selector, column 6: expected nothing after \"}\", not x"},
        BadSelector{"cpu \xc3\xa4", "selector, column 5: expected \"{\" or the end, not \xc3\xa4"},
        BadSelector{
            "rate(cpu[5m])",
            "selector, column 5: \"(\" has no place in a selector; functions and ranges are not supported"},
        BadSelector{
            "cpu[5m]",
            "selector, column 4: \"[\" has no place in a selector; functions and ranges are not supported"},
        BadSelector{"\xff", "selector is not valid UTF-8"}));

TEST(SelectorTest, QuestionMarkStandsForOneCharacterOfUtf8) {
  const SeriesIdentity series{
      "gr\xc3\xb6\xc3\x9f"
      "e",
      MetricKind::kGauge,
      "s",
      "i",
      {}};
  EXPECT_TRUE(Matches("gr??e", series));
  EXPECT_FALSE(Matches("gr????e", series));
  EXPECT_TRUE(Matches("gr*?e", series));
}

TEST(SelectorTest, NamesThatPromQlWouldQuoteAreTakenBare) {
  const SeriesIdentity series{"http.server/p99-latency", MetricKind::kGauge, "s", "i", {{"k8s.pod", "a"}}};
  EXPECT_TRUE(Matches("http.server/p99-latency{k8s.pod=\"a\"}", series));
}

TEST(SelectorTest, AdversarialGlobEndsInTime) {
  SeriesIdentity series;
  series.name = std::string(512, 'a');
  std::string glob;
  for (int k = 0; k < 1000; ++k) glob += "*a";
  EXPECT_FALSE(Matches(glob + "b", series));
}

TEST(SelectorTest, HugeRegularExpressionIsRefused) {
  EXPECT_THAT(ErrorOf(R"({a=~"((a{100}){100}){100}"})"), testing::HasSubstr("bad regular expression"));
  EXPECT_THAT(ErrorOf(R"({a=~"(\\pL{100}){10}"})"), testing::HasSubstr("pattern too large"));
}

TEST(SelectorTest, TooLongTextIsRefused) {
  EXPECT_THAT(ErrorOf(std::string(4097, 'a')), testing::HasSubstr("4097 bytes; at most 4096"));
}

TEST(SelectorTest, TooManyMatchersAreRefused) {
  std::string text = "{";
  for (int k = 0; k < 33; ++k) text += "a=\"\",";
  EXPECT_THAT(ErrorOf(text + "}"), testing::HasSubstr("at most 32 matchers"));
}

TEST(SelectorTest, KeepsItsTextAsWritten) {
  EXPECT_EQ(Selector::Parse(" cpu_*{ a = 'b' }")->text(), " cpu_*{ a = 'b' }");
}

TEST(SelectorTest, CopyOutlivesTheOriginal) {
  auto original = std::make_unique<Selector>(*Selector::Parse(R"({core=~"[01]"})"));
  const Selector copy = *original;
  original.reset();
  EXPECT_TRUE(copy.Matches(kSeries));
}

}  // namespace
}  // namespace obs
