#include "buffer/refusal_table.h"

#include <string>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using ::testing::SizeIs;

TEST(RefusalTableTest, CountsByMetricOwnerAndReason) {
  RefusalTable table;
  table.Count("a", "ci", Refusal::kKeySeriesLimit);
  table.Count("b", "ci", Refusal::kKeySeriesLimit);
  table.Count("b", "ci", Refusal::kKeySeriesLimit);
  table.Count("b", "ci", Refusal::kMemoryLimit);
  const auto most = table.Most(10);
  ASSERT_THAT(most, SizeIs(3));
  EXPECT_EQ(most[0].metric, "b");
  EXPECT_EQ(most[0].owner, "ci");
  EXPECT_EQ(most[0].reason, Refusal::kKeySeriesLimit);
  EXPECT_EQ(most[0].count, 2u);
  EXPECT_THAT(table.Most(1), SizeIs(1));
}

TEST(RefusalTableTest, TheMostRefusedStaysAmongAMillionOthers) {
  RefusalTable table;
  for (int i = 0; i < 5'000; ++i) {
    table.Count(fmt::format("other_{}", i), "x", Refusal::kTotalSeriesLimit);
    if (i % 4 == 0) table.Count("culprit", "x", Refusal::kTotalSeriesLimit);
  }
  EXPECT_EQ(table.Most(1)[0].metric, "culprit");
  EXPECT_THAT(table.Most(1'000'000), SizeIs(RefusalTable::kMaxEntries));
}

}  // namespace
}  // namespace obs
