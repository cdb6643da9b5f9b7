#include "wire/line_parser.h"

#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/describe_lines.h"

namespace obs {
namespace {

TEST(LineFormatTest, NamesAreThoseOfTheFlag) {
  EXPECT_EQ(*ParseLineFormat("auto"), LineFormat::kAuto);
  EXPECT_EQ(*ParseLineFormat("line"), LineFormat::kLine);
  EXPECT_EQ(*ParseLineFormat("json"), LineFormat::kJson);
  EXPECT_EQ(*ParseLineFormat("statsd"), LineFormat::kStatsd);
  EXPECT_EQ(*ParseLineFormat("prometheus"), LineFormat::kPrometheus);
  EXPECT_EQ(ParseLineFormat("xml").status().message(),
            "\"xml\" is not a format; use auto, line, json, statsd or prometheus");
}

TEST(LineParserTest, AutoFindsOutForEachLine) {
  EXPECT_EQ(DescribeLines(LineFormat::kAuto,
                          "load 1\n"
                          "{\"name\":\"load\",\"value\":2}\n"
                          "load:3|g\n"
                          "a:b 4\n"
                          "n{x=\"a:1|c\"} 5\n"
                          "counter hits +6\n"),
            "gauge load = 1\ngauge load = 2\ngauge load = 3\ngauge a:b = 4\ngauge n{x=\"a:1|c\"} = 5\n"
            "counter hits + 6\n");
}

TEST(LineParserTest, TypedFamiliesChangeOnlyLinesWithoutAKind) {
  EXPECT_EQ(DescribeLines(LineFormat::kAuto,
                          "hits 1\n# TYPE hits counter\nhits 2\ngauge hits 3\ncounter hits +4\n"),
            "gauge hits = 1\ncounter hits total 2\ngauge hits = 3\ncounter hits + 4\n");
}

TEST(LineParserTest, TypesMeanNothingToThePlainFormat) {
  EXPECT_EQ(DescribeLines(LineFormat::kLine, "# TYPE hits counter\nhits 2\n"), "gauge hits = 2\n");
}

TEST(LineParserTest, BlankLinesAndCommentsAreSkippedInEveryFormat) {
  for (const LineFormat format : {LineFormat::kAuto, LineFormat::kLine, LineFormat::kJson,
                                  LineFormat::kStatsd, LineFormat::kPrometheus}) {
    EXPECT_EQ(DescribeLines(format, "\n \t \r\n# a comment\n  #another\n#\n"), "");
  }
}

TEST(LineParserTest, SamplesOfTheLineBeforeAreGone) {
  LineParser parser(LineFormat::kAuto);
  ASSERT_TRUE(parser.Parse("load 1").ok());
  ASSERT_FALSE(parser.Parse("load x").ok());
  EXPECT_TRUE(parser.samples().empty());
}

TEST(LineParserTest, TooLongLineIsRefused) {
  LineParser parser(LineFormat::kAuto);
  const std::string line = "load " + std::string(LineParser::kMaxLineBytes, '1');
  EXPECT_THAT(std::string(parser.Parse(line).message()), testing::HasSubstr("at most 262144 are accepted"));
}

TEST(LineParserTest, BinaryGarbageGivesErrorsThatArePrintable) {
  std::mt19937 random(3);
  for (const LineFormat format : {LineFormat::kAuto, LineFormat::kLine, LineFormat::kJson,
                                  LineFormat::kStatsd, LineFormat::kPrometheus}) {
    LineParser parser(format);
    for (int round = 0; round < 2000; ++round) {
      std::string line(random() % 100, '\0');
      for (char& c : line) c = static_cast<char>(random());
      const absl::Status status = parser.Parse(line);
      for (const char c : std::string(status.message())) ASSERT_FALSE(c >= 0 && c < 0x20) << status;
    }
    (void)parser.Finish();
  }
}

}  // namespace
}  // namespace obs
