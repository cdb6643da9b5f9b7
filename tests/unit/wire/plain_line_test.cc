#include "wire/plain_line.h"

#include "gtest/gtest.h"
#include "support/describe_lines.h"

namespace obs {
namespace {

struct Row {
  const char* line;
  const char* meaning;
};

class PlainLineTest : public testing::TestWithParam<Row> {};
TEST_P(PlainLineTest, MeansWhatTheTableSays) {
  EXPECT_EQ(DescribeLines(LineFormat::kLine, GetParam().line), std::string(GetParam().meaning) + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    Good, PlainLineTest,
    testing::Values(
        Row{"load 1.5", "gauge load = 1.5"}, Row{"gauge load 1.5", "gauge load = 1.5"},
        Row{"gauge temp -3", "gauge temp = -3"}, Row{"gauge temp +3", "gauge temp = 3"},
        Row{"counter hits 5", "counter hits total 5"}, Row{"counter hits +5", "counter hits + 5"},
        Row{"counter hits 0", "counter hits total 0"}, Row{"histogram rtt 23.5", "histogram rtt saw 23.5"},
        Row{"cpu{core=\"0\"} 7", "gauge cpu{core=\"0\"} = 7"},
        Row{"counter cpu{mode=\"user\",core=\"0\"} 7", "counter cpu{core=\"0\",mode=\"user\"} total 7"},
        Row{"cpu{} 7", "gauge cpu = 7"}, Row{"cpu {core=\"0\"}7", "gauge cpu{core=\"0\"} = 7"},
        Row{"\"a b\" 7", "gauge \"a b\" = 7"}, Row{"http.p99-latency 7", "gauge http.p99-latency = 7"},
        Row{"  gauge\tload \t 1.5 \r", "gauge load = 1.5"},
        Row{"load 1 1700000000", "gauge load = 1 @1700000000000000000"},
        Row{"load 1 1700000000.5", "gauge load = 1 @1700000000500000000"},
        Row{"load 1 1700000000123", "gauge load = 1 @1700000000123000000"},
        Row{"load 1 2024-02-29T12:00:00Z \r", "gauge load = 1 @1709208000000000000"},
        // a kind alone is a name
        Row{"gauge{a=\"1\"} 1", "gauge gauge{a=\"1\"} = 1"}, Row{"counters 1", "gauge counters = 1"},
        Row{"gauge counter 1", "gauge counter = 1"}, Row{"histogram gauge 1", "histogram gauge saw 1"}));

INSTANTIATE_TEST_SUITE_P(
    Bad, PlainLineTest,
    testing::Values(
        Row{"load", "line 1: column 5: expected a value, but the line ends"},
        Row{"gauge load", "line 1: column 11: expected a value, but the line ends"},
        Row{"gauge 5", "line 1: column 8: expected a value, but the line ends"},
        Row{"load x", "line 1: column 6: expected a value, not \"x\""},
        Row{"load 1.5.5", "line 1: column 6: expected a value, not \"1.5.5\""},
        Row{"load NaN", "line 1: column 6: the value \"NaN\" is not finite"},
        Row{"load -Inf", "line 1: column 6: the value \"-Inf\" is not finite"},
        Row{"load 1e999", "line 1: column 6: the value \"1e999\" is not finite"},
        Row{"counter hits -5", "line 1: column 14: a counter cannot be or grow by \"-5\""},
        Row{"counter hits +-5", "line 1: column 14: expected a value, not \"+-5\""},
        Row{"load 1 soon", "line 1: column 8: expected a timestamp or the end of the line, not \"soon\""},
        Row{"load 1 -5", "line 1: column 8: expected a timestamp or the end of the line, not \"-5\""},
        Row{"load 1 1700000000 x", "line 1: column 19: expected the end of the line, not \"x\""},
        Row{"cpu{core=\"0\" 7", "line 1: column 4: \"{\" is not closed"},
        Row{"cpu{core=\"0} 7", "line 1: column 10: the quote is not closed"},
        // found only when the labels are read
        Row{"gauge cpu{core=0} 7",
            "gauge (column 16: expected the label's value in double quotes, not \"0}\") = 7"},
        Row{"cpu=5 7", "gauge (column 4: expected \"{\" or a blank after the name, not \"=5\") = 7"},
        Row{"a\xff\x01 \x7f\xfe", "line 1: column 5: expected a value, not \"\x7f\xEF\xBF\xBD\""}));

TEST(PlainLineTest, PointsIntoTheLine) {
  const std::string line = "counter hits{a=\"1\"} +5 1700000000";
  LineParser parser(LineFormat::kLine);
  ASSERT_TRUE(parser.Parse(line).ok());
  ASSERT_EQ(parser.samples().size(), 1u);
  EXPECT_EQ(parser.samples()[0].series, "hits{a=\"1\"}");
  EXPECT_EQ(parser.samples()[0].series.data(), line.data() + 8);
  EXPECT_EQ(parser.samples()[0].series_column, 9u);
}

TEST(PlainLineTest, LongWordIsCutInTheMessage) {
  const std::string described = DescribeLines(LineFormat::kLine, "load " + std::string(1000, 'x'));
  EXPECT_LT(described.size(), 150u);
}

}  // namespace
}  // namespace obs
