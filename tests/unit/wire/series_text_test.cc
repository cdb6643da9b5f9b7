#include "wire/series_text.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

std::string ErrorOf(std::string_view text) {
  const auto series = ParseSeriesText(text);
  EXPECT_FALSE(series.ok()) << text;
  return std::string(series.status().message());
}

// What TakeSeriesText() takes, and the rest, with "|" between.
std::string Taken(std::string_view text) {
  TextCursor cursor(text);
  std::string_view series;
  const absl::Status status = TakeSeriesText(cursor, &series);
  return status.ok() ? std::string(series) + "|" + std::string(cursor.rest()) : std::string(status.message());
}

TEST(SeriesTextTest, ReadsNameAndLabels) {
  const auto series = ParseSeriesText(R"(cpu{core="0",mode="user"})");
  ASSERT_TRUE(series.ok());
  EXPECT_EQ(series->name, "cpu");
  EXPECT_EQ(series->labels, (LabelSet{{"core", "0"}, {"mode", "user"}}));
}

TEST(SeriesTextTest, BlanksAndATrailingCommaAreFine) {
  const auto series = ParseSeriesText("cpu { core = \"0\" ,\tmode=\"user\" , }");
  ASSERT_TRUE(series.ok());
  EXPECT_EQ(series->labels, (LabelSet{{"core", "0"}, {"mode", "user"}}));
  EXPECT_TRUE(ParseSeriesText("cpu{}").ok());
  EXPECT_TRUE(ParseSeriesText("cpu{ }").ok());
}

TEST(SeriesTextTest, NamesMayBeAnyUtf8) {
  const auto series = ParseSeriesText(
      "\"a \\\"b\\\"{\"{\"k8s pod\"=\"x\",gr\xc3\xb6\xc3\x9f"
      "e=\"1\",a.b-c/d=\"2\"}");
  ASSERT_TRUE(series.ok()) << series.status();
  EXPECT_EQ(series->name, "a \"b\"{");
  EXPECT_EQ(series->labels, (LabelSet{{"k8s pod", "x"},
                                      {"gr\xc3\xb6\xc3\x9f"
                                       "e",
                                       "1"},
                                      {"a.b-c/d", "2"}}));
}

TEST(SeriesTextTest, UnescapesValues) {
  const auto series = ParseSeriesText(R"(n{a="back\\slash",b="quo\"te",c="new\nline",d="}, x"})");
  ASSERT_TRUE(series.ok());
  EXPECT_EQ(series->labels,
            (LabelSet{{"a", "back\\slash"}, {"b", "quo\"te"}, {"c", "new\nline"}, {"d", "}, x"}}));
}

TEST(SeriesTextTest, WrittenTextReadsBackTheSame) {
  const std::vector<LabelPair> labels{{"a", ""}, {"b c", "x\\y\"z\n{}"}, {"d", "\xc3\xa4"}};
  for (const std::string name :
       {"plain", "with blank", "with{brace", "with\"quote", "with\\and blank", "a=b", "a,b"}) {
    std::string text;
    AppendSeriesText(text, name, labels);
    const auto series = ParseSeriesText(text);
    ASSERT_TRUE(series.ok()) << text << ": " << series.status();
    EXPECT_EQ(series->name, name);
    EXPECT_EQ(series->labels, *LabelSet::FromPairs(labels));
  }
}

TEST(SeriesTextTest, ErrorsNameTheColumn) {
  EXPECT_EQ(ErrorOf(""), "column 1: the name is empty");
  EXPECT_EQ(ErrorOf("{a=\"1\"}"), "column 1: the name is empty");
  EXPECT_EQ(ErrorOf("n{a}"), "column 4: expected \"=\" after the label \"a\", not \"}\"");
  EXPECT_EQ(ErrorOf("n{a=1}"), "column 5: expected the label's value in double quotes, not \"1}\"");
  EXPECT_EQ(ErrorOf("n{a='1'}"), "column 5: expected the label's value in double quotes, not \"'1'}\"");
  EXPECT_EQ(ErrorOf("n{a=\"1\" b=\"2\"}"), "column 9: expected \",\" or \"}\", not \"b=\\\"2\\\"}\"");
  EXPECT_EQ(ErrorOf("n{,}"), "column 3: expected a label name or \"}\", not \",}\"");
  EXPECT_EQ(ErrorOf("n{a=\"\\t\"}"), R"(column 6: unknown escape; only \\, \" and \n are known)");
  EXPECT_EQ(ErrorOf("n{a=\"1\""), "column 8: expected \",\" or \"}\", but the line ends");
  EXPECT_EQ(ErrorOf("n{\"\"=\"1\"}"), "column 3: the label's name is empty");
  EXPECT_EQ(ErrorOf("n{__a=\"1\"}"), "column 3: label names that start with __ are reserved");
  EXPECT_EQ(ErrorOf("n{a=\"1\",a=\"2\"}"), "column 1: label \"a\" occurs twice");
  EXPECT_EQ(ErrorOf("n\xff{}"), "column 1: the name is not valid UTF-8");
  EXPECT_EQ(ErrorOf("n{a=\"\xff\"}"), "column 3: the label is not valid UTF-8");
  EXPECT_EQ(ErrorOf(std::string(513, 'n')), "column 1: a name of 513 bytes; at most 512 are accepted");
  EXPECT_EQ(ErrorOf("n{" + std::string(129, 'a') + "=\"\"}"),
            "column 3: a label name of 129 bytes; at most 128 are accepted");
  EXPECT_EQ(ErrorOf("n{a=\"" + std::string(1025, 'a') + "\"}"),
            "column 3: a label value of 1025 bytes; at most 1024 are accepted");
}

TEST(SeriesTextTest, TooManyLabelsAreRefused) {
  std::string text = "n{";
  for (int k = 0; k < 65; ++k) text += "a" + std::to_string(k) + "=\"\",";
  EXPECT_THAT(ErrorOf(text + "}"), testing::HasSubstr("more than 64 labels"));
}

TEST(SeriesTextTest, ErrorsOfTextFromNoLineNameNoColumn) {
  EXPECT_EQ(ParseSeriesText("n{__a=\"1\"}", 0).status().message(),
            "label names that start with __ are reserved");
  EXPECT_EQ(ParseSeriesText("n{a=\"1\"}", 7).status(), absl::OkStatus());
  EXPECT_EQ(ParseSeriesText("n{__a=\"1\"}", 7).status().message(),
            "column 9: label names that start with __ are reserved");
}

TEST(SeriesTextTest, EndIsFoundWithoutReadingLabels) {
  EXPECT_EQ(Taken("cpu 5"), "cpu| 5");
  EXPECT_EQ(Taken("cpu"), "cpu|");
  EXPECT_EQ(Taken("cpu{a=\"1\"} 5"), "cpu{a=\"1\"}| 5");
  EXPECT_EQ(Taken("cpu{a=\"}\\\"}\"}5"), "cpu{a=\"}\\\"}\"}|5");
  EXPECT_EQ(Taken("cpu {a=\"1\"} 5"), "cpu {a=\"1\"}| 5");
  EXPECT_EQ(Taken("\"a b\"{} 5"), "\"a b\"{}| 5");
  EXPECT_EQ(Taken("cpu{a=\"1\" 5"), "column 4: \"{\" is not closed");
  EXPECT_EQ(Taken("cpu{a=\"1} 5"), "column 7: the quote is not closed");
  EXPECT_EQ(Taken("cpu{a=\"1\\"), "column 7: the quote is not closed");
  EXPECT_EQ(Taken("\"cpu 5"), "column 1: the quote is not closed");
  EXPECT_EQ(Taken("{a=\"1\"} 5"), "column 1: expected a name, not \"{a=\\\"1\\\"}\"");
}

}  // namespace
}  // namespace obs
