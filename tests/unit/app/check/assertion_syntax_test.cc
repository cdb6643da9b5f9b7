#include "app/check/assertion_syntax.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Kind = Expression::Kind;

AssertionSyntax Parse(std::string_view text) {
  auto syntax = ParseAssertionSyntax(text);
  EXPECT_TRUE(syntax.ok()) << text << ": " << syntax.status();
  return syntax.ok() ? *std::move(syntax) : AssertionSyntax{};
}

std::string ErrorOf(std::string_view text) {
  return std::string(ParseAssertionSyntax(text).status().message());
}

TEST(AssertionSyntaxTest, AQuantileOfASelectorIsComparedWithANumber) {
  const AssertionSyntax syntax = Parse(R"(p99(response_time_ms{service="api"}) < 50)");
  EXPECT_EQ(syntax.left->kind, Kind::kQuantile);
  EXPECT_DOUBLE_EQ(syntax.left->number, 0.99);
  EXPECT_EQ(syntax.left->selector->text(), R"(response_time_ms{service="api"})");
  EXPECT_EQ(syntax.comparison, Comparison::kLess);
  EXPECT_EQ(syntax.right->number, 50);
}

TEST(AssertionSyntaxTest, QuantilesHaveTwoDigitsOrNines) {
  EXPECT_DOUBLE_EQ(Parse("p5(h)<1").left->number, 0.05);
  EXPECT_DOUBLE_EQ(Parse("p50(h)<1").left->number, 0.5);
  EXPECT_DOUBLE_EQ(Parse("p999(h)<1").left->number, 0.999);
  EXPECT_DOUBLE_EQ(Parse("p9999(h)<1").left->number, 0.9999);
  EXPECT_THAT(ErrorOf("p100(h)<1"), HasSubstr("unknown function \"p100\""));
  EXPECT_THAT(ErrorOf("p0(h)<1"), HasSubstr("unknown function"));
}

TEST(AssertionSyntaxTest, TheGroupMayStandOnEitherSide) {
  EXPECT_THAT(Parse("sum by (service, route) (x) > 0").left->by, ElementsAre("service", "route"));
  EXPECT_THAT(Parse("sum(x) by(service) > 0").left->by, ElementsAre("service"));
  EXPECT_THAT(Parse("p99 by (route) (h) > 0").left->by, ElementsAre("route"));
}

TEST(AssertionSyntaxTest, ARateHasAWindow) {
  EXPECT_EQ(Parse("rate(x) > 0").left->window_ns, 10 * kNanosPerSecond);
  EXPECT_EQ(Parse("rate( x{a='b'} [ 1m ] ) > 0").left->window_ns, 60 * kNanosPerSecond);
  EXPECT_EQ(ErrorOf("rate(x[1ms]) > 0"), "column 8: a rate's window is 1s to 15m");
  EXPECT_THAT(ErrorOf("rate(x[5]) > 0"), HasSubstr("column 8"));
}

TEST(AssertionSyntaxTest, OperatorsBindAsUsual) {
  const AssertionSyntax syntax = Parse("a + b * c / 2 - -d >= 1e3");
  ASSERT_EQ(syntax.left->op, '-');
  ASSERT_EQ(syntax.left->left->op, '+');
  EXPECT_EQ(syntax.left->left->right->op, '/');
  EXPECT_EQ(syntax.left->left->right->left->op, '*');
  EXPECT_EQ(syntax.left->right->op, '*');  // -1 * d
  EXPECT_EQ(syntax.comparison, Comparison::kGreaterOrEqual);
  EXPECT_EQ(syntax.right->number, 1000);
  EXPECT_EQ(Parse("(a + b) * c == 1").left->op, '*');
}

TEST(AssertionSyntaxTest, AStarWithinANameIsAGlob) {
  EXPECT_EQ(Parse("count(demo_*) > 3").left->left->selector->text(), "demo_*");
  EXPECT_EQ(Parse("a * b > 3").left->kind, Kind::kArithmetic);
}

TEST(AssertionSyntaxTest, BracesInStringsDoNotCloseTheSelector) {
  EXPECT_EQ(Parse(R"(x{a="}\"", b=`}\`} > 0)").left->selector->text(), R"(x{a="}\"", b=`}\`})");
  EXPECT_EQ(Parse(R"(x {a="b"} > 0)").left->selector->text(), R"(x{a="b"})");
  EXPECT_EQ(Parse(R"({service="api"} > 0)").left->selector->text(), R"({service="api"})");
}

TEST(AssertionSyntaxTest, FunctionsNamesAreMetricsWhereNoBracketFollows) {
  EXPECT_EQ(Parse("rate > 0").left->kind, Kind::kSelector);
  EXPECT_EQ(Parse("sum{a=\"b\"} > 0").left->kind, Kind::kSelector);
}

TEST(AssertionSyntaxTest, OnlyAbsentNeedsNoComparison) {
  EXPECT_EQ(Parse("absent(x)").right, nullptr);
  EXPECT_NE(Parse("absent(x) == 1").right, nullptr);
  EXPECT_EQ(ErrorOf("max(x)"),
            "column 7: expected an operator or a comparison such as < 50, but the assertion ends");
}

TEST(AssertionSyntaxTest, ErrorsNameTheColumn) {
  EXPECT_EQ(ErrorOf(""), "column 1: expected a number, a metric or a function, but the assertion ends");
  EXPECT_EQ(ErrorOf("p99(x < 50"), "column 7: expected \")\", not \"<\"");
  EXPECT_EQ(ErrorOf("p99(5) < 50"), "column 5: expected a metric, not \"5\"");
  EXPECT_EQ(ErrorOf("x < 50ms"), "column 5: \"50ms\" is not a number; values have the metric's own unit");
  EXPECT_EQ(ErrorOf("x < 5 6"), "column 7: expected an operator or the end, not \"6\"");
  EXPECT_EQ(ErrorOf("1 < 2"), "column 1: compares only numbers, no metric");
  EXPECT_EQ(ErrorOf("sum(2) < 2"), "column 5: sum() takes metrics, not a number");
  EXPECT_EQ(ErrorOf("x{a=\"b\" > 1"), "column 2: \"{\" is not closed");
  EXPECT_THAT(ErrorOf("x{a} > 1"), HasSubstr("column 1: selector, column 4"));
  EXPECT_THAT(ErrorOf("irate(x) > 1"), HasSubstr("column 1: unknown function \"irate\""));
}

TEST(AssertionSyntaxTest, DepthAndLengthAreBounded) {
  EXPECT_THAT(ErrorOf(std::string(1000, '(')), HasSubstr("nested too deeply"));
  EXPECT_THAT(ErrorOf(std::string(1000, '-')), HasSubstr("nested too deeply"));
  std::string sum = "x";
  for (int i = 0; i < 1000; ++i) sum += "+x";
  EXPECT_THAT(ErrorOf(sum), HasSubstr("too many operators"));
  EXPECT_THAT(ErrorOf(std::string(kMaxAssertionBytes + 1, 'x')), HasSubstr("at most"));
  EXPECT_THAT(ErrorOf("\xff"), HasSubstr("UTF-8"));
}

}  // namespace
}  // namespace obs
