#include "wire/statsd_line.h"

#include "gtest/gtest.h"
#include "support/describe_lines.h"

namespace obs {
namespace {

struct Row {
  const char* line;
  const char* meaning;
};

class StatsdLineTest : public testing::TestWithParam<Row> {};
TEST_P(StatsdLineTest, MeansWhatTheTableSays) {
  EXPECT_EQ(DescribeLines(LineFormat::kStatsd, GetParam().line), std::string(GetParam().meaning) + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    Good, StatsdLineTest,
    testing::Values(
        Row{"hits:1|c", "counter hits + 1"}, Row{"hits:3|c|@0.1", "counter hits + 30"},
        Row{"hits:+3|c", "counter hits + 3"}, Row{"api.requests:1|c", "counter api.requests + 1"},
        Row{"queue:7|g", "gauge queue = 7"}, Row{"queue:7|g|@0.5", "gauge queue = 7"},
        Row{"rtt:23.5|ms", "histogram rtt saw 23.5"}, Row{"rtt:23.5|h", "histogram rtt saw 23.5"},
        Row{"rtt:23.5|d|@0.1", "histogram rtt saw 23.5 x10"},
        Row{"hits:1|c|#route:/login,code:200", "counter hits{code=\"200\",route=\"/login\"} + 1"},
        Row{"hits:1|c|@0.5|#a:b", "counter hits{a=\"b\"} + 2"},
        Row{"hits:1|c|#a:b|@0.5", "counter hits{a=\"b\"} + 2"},
        Row{"hits:1|c|#url:http://x:80/", "counter hits{url=\"http://x:80/\"} + 1"},
        Row{"hits:1|c|#canary,a:", "counter hits{a=\"\",canary=\"true\"} + 1"},
        Row{"hits:1|c|#", "counter hits + 1"}, Row{"hits:1|c|#,a:b,,", "counter hits{a=\"b\"} + 1"},
        Row{"hits:1|c|#a:b|c:83c0a99c0a54c0c187f461c7980e9b57f3f6a8b0c918c8d93df19a9de6f3fe1d",
            "counter hits{a=\"b\"} + 1"},
        Row{"hits:1|c|T1700000000", "counter hits + 1 @1700000000000000000"},
        Row{" hits:1|c \r", "counter hits + 1"},
        Row{"rtt:1:2:3|ms|#a:b",
            "histogram rtt{a=\"b\"} saw 1\nhistogram rtt{a=\"b\"} saw 2\nhistogram rtt{a=\"b\"} saw 3"},
        Row{"my metric:1|c", "counter \"my metric\" + 1"}));

INSTANTIATE_TEST_SUITE_P(
    Bad, StatsdLineTest,
    testing::Values(
        Row{"hits", "line 1: column 5: expected \":\" after the name, but the line ends"},
        Row{":1|c", "line 1: column 1: expected a name, not \":1|c\""},
        Row{"hits:1", "line 1: column 7: expected \"|\" and a type after the value, but the line ends"},
        Row{"hits:1|", "line 1: column 8: expected a type, one of c, g, ms, h and d, not \"\""},
        Row{"hits:1|x", "line 1: column 8: expected a type, one of c, g, ms, h and d, not \"x\""},
        Row{"users:bob|s",
            "line 1: column 11: sets are not supported: they count distinct values, which no kind of metric "
            "here keeps"},
        Row{"hits:x|c", "line 1: column 6: expected a value, not \"x\""},
        Row{"hits:|c", "line 1: column 6: expected a value, not \"\""},
        Row{"hits:nan|c", "line 1: column 6: expected a value, not \"nan\""},
        Row{"hits:-1|c", "line 1: column 6: a counter cannot grow by \"-1\""},
        Row{"hits:1e308|c|@0.001", "line 1: column 6: the value divided by the rate is not finite"},
        Row{"hits:1|c|@0", "line 1: column 10: a rate must be above 0 and at most 1"},
        Row{"hits:1|c|@2", "line 1: column 10: a rate must be above 0 and at most 1"},
        Row{"hits:1|c|@x", "line 1: column 10: a rate must be above 0 and at most 1"},
        Row{"hits:1|c|Tx", "line 1: column 10: \"x\" is not a timestamp"},
        Row{"hits:1|c|zz", "line 1: column 10: expected @rate or #tags, not \"zz\""},
        Row{"hits:1:x:3|c", "counter hits + 1\nline 1: column 8: expected a value, not \"x\""},
        Row{"hits:1|c|#a:1,a:2", "counter (label \"a\" occurs twice) + 1"},
        Row{"_e{5,4}:title|text", "line 1: column 1: events and service checks are not metrics"},
        Row{"_sc|Redis|2", "line 1: column 1: events and service checks are not metrics"}));

TEST(StatsdLineTest, SignedGaugesChangeTheLastValue) {
  EXPECT_EQ(DescribeLines(LineFormat::kStatsd, "q:10|g\nq:+5|g\nq:-20|g\nq:3|g\n"),
            "gauge q = 10\ngauge q = 15\ngauge q = -5\ngauge q = 3\n");
}

TEST(StatsdLineTest, SignedGaugesBeginAtZeroAndCountBySeries) {
  EXPECT_EQ(DescribeLines(LineFormat::kStatsd, "q:-2|g\nq:+1|g|#a:b\nq:-2|g\n"),
            "gauge q = -2\ngauge q{a=\"b\"} = 1\ngauge q = -4\n");
}

TEST(StatsdLineTest, GaugeThatWouldBecomeInfiniteStays) {
  EXPECT_EQ(DescribeLines(LineFormat::kStatsd, "q:1e308|g\nq:+1e308|g\nq:-1|g\n"),
            "gauge q = 1e+308\nline 2: column 3: the gauge is no longer finite\ngauge q = 1e+308\n");
}

}  // namespace
}  // namespace obs
