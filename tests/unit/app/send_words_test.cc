#include "app/send_words.h"

#include "gtest/gtest.h"

namespace obs {
namespace {

std::string Join(std::vector<std::string> words) {
  return JoinSendWords(words);
}

TEST(SendWordsTest, WordsBecomeALine) {
  EXPECT_EQ("histogram response_time_ms 23.5", Join({"histogram", "response_time_ms", "23.5"}));
  EXPECT_EQ("temp 21.5 1700000000", Join({"temp", "21.5", "1700000000"}));
}

TEST(SendWordsTest, NameThatNeedsQuotesGetsThem) {
  EXPECT_EQ("gauge \"free memory\" 5", Join({"gauge", "free memory", "5"}));
}

TEST(SendWordsTest, SeriesTextAndWholeLinesStayAsTheyAre) {
  EXPECT_EQ("gauge x{a=\"b c\"} 5", Join({"gauge", "x{a=\"b c\"}", "5"}));
  EXPECT_EQ("gauge x 5", Join({"gauge x 5"}));
  EXPECT_EQ("{\"name\":\"x\",\"value\":1}", Join({"{\"name\":\"x\",\"value\":1}"}));
}

TEST(SendWordsTest, KindAloneIsAName) {
  EXPECT_EQ("gauge 5", Join({"gauge", "5"}));
}

TEST(SendWordsTest, LabelIsSplitAtItsFirstEqualsSign) {
  const std::vector<std::string> words{"route=/login?a=b", "empty="};
  const auto labels = ParseLabelWords(words);
  ASSERT_TRUE(labels.ok());
  EXPECT_EQ("/login?a=b", labels->Get("route"));
  EXPECT_EQ("", labels->Get("empty"));
}

TEST(SendWordsTest, WhatIsNoLabelIsRefused) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"route"}, {"=x"}, {"__name__=x"}, {"a=1", "a=2"}, {"a=\xff"}}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseLabelWords(words).status())) << words[0];
  }
}

}  // namespace
}  // namespace obs
