#include "wire/json_line.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/describe_lines.h"

namespace obs {
namespace {

struct Row {
  const char* line;
  const char* meaning;
};

class JsonLineTest : public testing::TestWithParam<Row> {};
TEST_P(JsonLineTest, MeansWhatTheTableSays) {
  EXPECT_EQ(DescribeLines(LineFormat::kJson, GetParam().line), std::string(GetParam().meaning) + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    Good, JsonLineTest,
    testing::Values(
        Row{R"({"name":"load","value":1.5})", "gauge load = 1.5"},
        Row{R"({"kind":"gauge","name":"t","labels":{"room":"1","a":"b"},"value":-2,"timestamp":1700000000000})",
            "gauge t{a=\"b\",room=\"1\"} = -2 @1700000000000000000"},
        Row{R"({"kind":"counter","name":"hits","value":5})", "counter hits total 5"},
        Row{R"({"type":"counter","name":"hits","value":5})", "counter hits total 5"},
        Row{R"({"kind":"counter","name":"hits","increment":5})", "counter hits + 5"},
        Row{R"({"kind":"histogram","name":"rtt","value":0.5})", "histogram rtt saw 0.5"},
        Row{R"({"kind":"histogram","name":"rtt","observations":[1,2,3]})",
            "histogram rtt sketch of 3, sum 6, p50 1.99"},
        Row{R"({"kind":"histogram","name":"rtt","bounds":[1,2],"counts":[3,4,0],"sum":7.5})",
            "histogram rtt bounds [1, 2] counts [3, 4, 0] sum 7.5"},
        Row{R"({"kind":"histogram","name":"rtt","bounds":[2],"counts":[1,1]})",
            "histogram rtt bounds [2] counts [1, 1] sum 3"},
        Row{R"({"name":"n","value":1,"labels":{"code":200,"ok":true}})",
            "gauge n{code=\"200\",ok=\"true\"} = 1"},
        Row{R"({"name":"n","value":1,"labels":{"a b":"x\"\n"}})", R"(gauge n{"a b"="x\"\n"} = 1)"},
        Row{R"({"name":"my metric","value":1})", "gauge \"my metric\" = 1"},
        Row{R"({"name":"n","value":1,"timestamp":1700000000000.123})", "gauge n = 1 @1700000000000123000"},
        Row{R"({"name":"n","value":1,"timestamp":1700000000123456789})", "gauge n = 1 @1700000000123456789"},
        Row{R"({"name":"n","value":1,"timestamp":"2024-02-29T12:00:00Z"})",
            "gauge n = 1 @1709208000000000000"},
        Row{R"({"name":"n","value":1,"timestamp":null})", "gauge n = 1"},
        Row{R"({"name":"n","value":1,"unknown":{"x":[1]}})", "gauge n = 1"},
        // as obs-tail prints it
        Row{R"({"name":"hits","service":"api","instance":"api-1","labels":{},"kind":"counter","timestamp":1700000000000.000,"value":7})",
            "counter hits total 7 @1700000000000000000 from api/api-1"}));

INSTANTIATE_TEST_SUITE_P(
    Bad, JsonLineTest,
    testing::Values(
        Row{"{", "line 1: column 2: not valid JSON"},
        Row{R"({"name":"n","value":NaN})", "line 1: column 21: not valid JSON"},
        Row{R"({"name":"n","value":1e999})", "line 1: a number is out of range"},
        Row{"[1]", "line 1: expected a JSON object"},
        Row{"{}", "line 1: \"name\": expected a string that is not empty"},
        Row{R"({"name":"","value":1})", "line 1: \"name\": expected a string that is not empty"},
        Row{R"({"name":5,"value":1})", "line 1: \"name\": expected a string"},
        Row{R"({"name":"n"})", "line 1: \"value\": expected a number"},
        Row{R"({"name":"n","value":null})", "line 1: \"value\": expected a number"},
        Row{R"({"name":"n","value":"1"})", "line 1: \"value\": expected a number"},
        Row{R"({"name":"n","value":1,"type":"set"})",
            "line 1: \"type\": expected gauge, counter or histogram, not \"set\""},
        Row{R"({"name":"n","value":1,"kind":"set"})",
            "line 1: \"kind\": expected gauge, counter or histogram, not \"set\""},
        Row{R"({"name":"n","value":1,"labels":[]})", "line 1: \"labels\": expected an object"},
        Row{R"({"name":"n","value":1,"labels":{"a":null}})",
            "line 1: \"labels\": expected a string for \"a\""},
        Row{R"({"name":"n","value":1,"labels":{"a":{}}})", "line 1: \"labels\": expected a string for \"a\""},
        Row{R"({"name":"n","value":1,"labels":{"__a":"1"}})",
            "gauge (label names that start with __ are reserved) = 1"},
        Row{R"({"name":"n","value":1,"timestamp":"soon"})",
            "line 1: \"timestamp\": expected Unix time or RFC 3339"},
        Row{R"({"name":"n","value":1,"timestamp":-5})",
            "line 1: \"timestamp\": expected Unix time or RFC 3339"},
        Row{R"({"name":"n","value":1,"service":5})", "line 1: \"service\": expected a string"},
        Row{R"({"kind":"counter","name":"n","value":-1})",
            "line 1: \"value\": expected a number that is not negative"},
        Row{R"({"kind":"counter","name":"n","increment":-1})",
            "line 1: \"increment\": expected a number that is not negative"},
        Row{R"({"kind":"gauge","name":"n","increment":1})", "line 1: \"value\": expected a number"},
        Row{R"({"kind":"histogram","name":"n"})", "line 1: \"bounds\": expected an array of numbers"},
        Row{R"({"kind":"histogram","name":"n","observations":[]})",
            "line 1: \"observations\": the array is empty"},
        Row{R"({"kind":"histogram","name":"n","observations":["1"]})",
            "line 1: \"observations\": expected numbers"},
        Row{R"({"kind":"histogram","name":"n","bounds":[1],"counts":[1,-1]})",
            "line 1: \"counts\": expected whole numbers, not negative"},
        Row{R"({"kind":"histogram","name":"n","bounds":[2,1],"counts":[1,1,1]})",
            "line 1: bucket bounds do not rise: 2 is followed by 1"},
        Row{R"({"kind":"histogram","name":"n","buckets":[]})",
            "line 1: \"count\": expected a whole number, not negative"},
        Row{R"({"kind":"histogram","name":"n","buckets":[],"count":1})",
            "line 1: \"sum\": expected a number"},
        Row{R"({"kind":"histogram","name":"n","buckets":[[1]],"count":1,"sum":1})",
            "line 1: \"buckets\": expected [[upper bound, count], ...]"},
        Row{R"({"kind":"histogram","name":"n","buckets":{"a":1},"count":1,"sum":1})",
            "line 1: \"buckets\": expected [[upper bound, count], ...]"}));

// A histogram as obs-tail prints it.
std::string TailLine(std::uint64_t count, double sum, std::string_view buckets,
                     std::string_view service = "api") {
  return fmt::format(
      R"({{"name":"rtt","service":"{}","instance":"i","labels":{{}},"kind":"histogram","count":{},"sum":{},"buckets":{}}})"
      "\n",
      service, count, sum, buckets);
}

TEST(JsonLineTest, FirstWindowOfATailedHistogramCountsWhole) {
  EXPECT_EQ(DescribeLines(LineFormat::kJson, TailLine(1000, 5000, "[[1,3],[2,1]]")),
            "histogram rtt sketch of 4, sum 4.975, p50 0.995 from api/i\n");
}

TEST(JsonLineTest, LaterWindowsOfATailedHistogramCountTheirGrowth) {
  EXPECT_EQ(DescribeLines(LineFormat::kJson, TailLine(1000, 5000, "[[1,3],[2,1]]") +
                                                 TailLine(1008, 5020, "[[1,3],[2,1]]") +
                                                 TailLine(1008, 5020, "[[1,3],[2,1]]")),
            "histogram rtt sketch of 4, sum 4.975, p50 0.995 from api/i\n"
            "histogram rtt sketch of 8, sum 20, p50 0.995 from api/i\n");
}

TEST(JsonLineTest, TailedHistogramsAreToldApartByWhomTheyAreFrom) {
  EXPECT_EQ(DescribeLines(LineFormat::kJson, TailLine(5, 5, "[[1,5]]") + TailLine(7, 7, "[[1,7]]", "web")),
            "histogram rtt sketch of 5, sum 4.975, p50 0.995 from api/i\n"
            "histogram rtt sketch of 7, sum 6.965, p50 0.995 from web/i\n");
}

TEST(JsonLineTest, RestartOfATailedHistogramCountsItsWindow) {
  EXPECT_EQ(DescribeLines(LineFormat::kJson, TailLine(1000, 5000, "[]") + TailLine(2, 2, "[[1,2]]")),
            "histogram rtt sketch of 2, sum 1.99, p50 0.995 from api/i\n");
}

TEST(JsonLineTest, GrowthOutsideTheWindowIsItsMean) {
  EXPECT_EQ(DescribeLines(LineFormat::kJson, TailLine(10, 10, "[]") + TailLine(12, 30, "[]")),
            "histogram rtt sketch of 2, sum 20, p50 10 from api/i\n");
}

TEST(JsonLineTest, WindowMayHaveNegativeAndOpenBuckets) {
  EXPECT_EQ(DescribeLines(LineFormat::kJson, TailLine(3, 3, R"([[-1,1],[0,1],[8,1],["+Inf",1]])")),
            "histogram rtt sketch of 4, sum 14.915, p50 0 from api/i\n");
}

TEST(JsonLineTest, DeepNestingIsNoDanger) {
  const std::string deep(100'000, '[');
  EXPECT_THAT(DescribeLines(LineFormat::kJson, "{\"a\":" + deep), testing::HasSubstr("not valid JSON"));
}

}  // namespace
}  // namespace obs
