#include "model/series_rules.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace obs {
namespace {

using enum SeriesFault;

TEST(SeriesRulesTest, NameHasOneTo512Bytes) {
  EXPECT_EQ(CheckMetricName(""), kInvalidName);
  EXPECT_EQ(CheckMetricName("c"), kNone);
  EXPECT_EQ(CheckMetricName(std::string(512, 'n')), kNone);
  EXPECT_EQ(CheckMetricName(std::string(513, 'n')), kInvalidName);
}

TEST(SeriesRulesTest, NameMayHoldAnyUtf8ButNothingElse) {
  EXPECT_EQ(CheckMetricName("größe.bytes"), kNone);
  EXPECT_EQ(CheckMetricName("a\xC3"), kInvalidUtf8);
}

TEST(SeriesRulesTest, LabelNameHasOneTo128BytesAndIsNotReserved) {
  EXPECT_EQ(CheckLabel("", "v"), kInvalidLabel);
  EXPECT_EQ(CheckLabel(std::string(128, 'l'), "v"), kNone);
  EXPECT_EQ(CheckLabel(std::string(129, 'l'), "v"), kInvalidLabel);
  EXPECT_EQ(CheckLabel("__name__", "v"), kInvalidLabel);
  EXPECT_EQ(CheckLabel("_private", "v"), kNone);
  EXPECT_EQ(CheckLabel("\xFF", "v"), kInvalidUtf8);
}

TEST(SeriesRulesTest, LabelValueHasUpTo1024Bytes) {
  EXPECT_EQ(CheckLabel("l", ""), kNone);
  EXPECT_EQ(CheckLabel("l", std::string(1024, 'v')), kNone);
  EXPECT_EQ(CheckLabel("l", std::string(1025, 'v')), kInvalidLabel);
  EXPECT_EQ(CheckLabel("l", "\x80"), kInvalidUtf8);
}

TEST(SeriesRulesTest, SeriesHasUpTo64DifferentLabels) {
  std::vector<LabelPair> labels;
  for (char i = 0; i < 64; ++i) labels.push_back({std::string(1, static_cast<char>(' ' + i)), "v"});
  EXPECT_EQ(CheckLabels(labels), kNone);
  labels.push_back({"z", "v"});
  EXPECT_EQ(CheckLabels(labels), kTooManyLabels);
  EXPECT_EQ(CheckLabels(std::vector<LabelPair>{{"a", "1"}, {"a", "2"}}), kDuplicateLabel);
}

TEST(SeriesRulesTest, FaultsHaveTheLedgersWords) {
  EXPECT_EQ(FaultName(kTooManyLabels), "too_many_labels");
  EXPECT_EQ(FaultName(kDuplicateLabel), "duplicate_label");
}

}  // namespace
}  // namespace obs
