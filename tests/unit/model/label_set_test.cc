#include "model/label_set.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/series_identity.h"

namespace obs {
namespace {

TEST(LabelSetTest, OrderOfPairsDoesNotMatter) {
  const LabelSet one{{"route", "/login"}, {"code", "200"}};
  const LabelSet other{{"code", "200"}, {"route", "/login"}};
  EXPECT_EQ(one, other);
  EXPECT_EQ(absl::HashOf(one), absl::HashOf(other));
}

TEST(LabelSetTest, IteratesByName) {
  const auto set = LabelSet::FromPairs({{"b", "2"}, {"c", "3"}, {"a", "1"}});
  ASSERT_TRUE(set.ok());
  EXPECT_THAT(*set, testing::ElementsAre(LabelPair{"a", "1"}, LabelPair{"b", "2"}, LabelPair{"c", "3"}));
}

TEST(LabelSetTest, TextOfAnyLengthComesBack) {
  const std::string name(200, 'n'), value(70'000, 'v');
  const LabelSet set{{name, value}, {"", ""}, {"z", std::string("\0x", 2)}};
  EXPECT_THAT(set, testing::ElementsAre(LabelPair{"", ""}, LabelPair{name, value},
                                        LabelPair{"z", std::string("\0x", 2)}));
  EXPECT_EQ(set.size(), 3u);
}

TEST(LabelSetTest, WhereOneTextEndsMakesADifference) {
  EXPECT_NE((LabelSet{{"a", "bc"}}), (LabelSet{{"ab", "c"}}));
  EXPECT_NE((LabelSet{{"a", "b"}, {"c", "d"}}), (LabelSet{{"a", "bcd"}}));
}

TEST(LabelSetTest, ACopyIsItsOwnAndAMoveLeavesNothing) {
  LabelSet set{{"a", "1"}, {"b", "2"}};
  LabelSet copy = set;
  const LabelSet moved = std::move(set);
  EXPECT_EQ(moved, copy);
  set = LabelSet{{"c", "3"}};
  copy = set;
  EXPECT_EQ(copy.Get("c"), "3");
  EXPECT_EQ(moved.Get("b"), "2");
  copy = LabelSet();
  EXPECT_TRUE(copy.empty());
  EXPECT_THAT(copy, testing::IsEmpty());
}

TEST(LabelSetTest, SortedLabelsNeedNoPairs) {
  const std::vector<LabelView> labels{{"a", "1"}, {"b", "2"}};
  EXPECT_EQ(LabelSet::FromSorted(labels), (LabelSet{{"b", "2"}, {"a", "1"}}));
  EXPECT_EQ(LabelSet::FromSorted({}), LabelSet());
}

TEST(LabelSetTest, NameTwiceIsRefused) {
  const auto set = LabelSet::FromPairs({{"a", "1"}, {"b", "2"}, {"a", "3"}});
  EXPECT_EQ(set.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(set.status().message(), "label \"a\" occurs twice");
}

TEST(LabelSetTest, GetFindsEveryLabelAndNoOther) {
  const LabelSet set{{"a", "1"}, {"b", ""}, {"d", "4"}};
  EXPECT_EQ(set.Get("a"), "1");
  EXPECT_EQ(set.Get("b"), "");
  EXPECT_EQ(set.Get("d"), "4");
  EXPECT_EQ(set.Get("c"), std::nullopt);
  EXPECT_EQ(set.Get(""), std::nullopt);
  EXPECT_EQ(set.Get("e"), std::nullopt);
}

TEST(LabelSetTest, OwnLabelsWinOverDefaults) {
  const LabelSet own{{"region", "eu"}, {"z", "1"}};
  EXPECT_EQ(own.WithDefaults({{"region", "us"}, {"host", "h"}}),
            (LabelSet{{"host", "h"}, {"region", "eu"}, {"z", "1"}}));
  EXPECT_EQ(own.WithDefaults({}), own);
}

TEST(SeriesIdentityTest, EveryPartTellsSeriesApart) {
  const SeriesIdentity base{"n", MetricKind::kGauge, "s", "i", {{"a", "1"}}};
  SeriesIdentity other = base;
  EXPECT_EQ(other, base);
  other.kind = MetricKind::kCounter;
  EXPECT_NE(other, base);
  EXPECT_NE((SeriesIdentity{"n", MetricKind::kGauge, "si", "", {{"a", "1"}}}), base);
  EXPECT_NE((SeriesIdentity{"n", MetricKind::kGauge, "s", "i", {{"a", "2"}}}), base);
}

}  // namespace
}  // namespace obs
