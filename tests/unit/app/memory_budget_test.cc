#include "app/memory_budget.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using ::testing::HasSubstr;

TEST(MemoryBudgetTest, ThePartsTogetherStayWellBelowTheLimit) {
  for (const std::uint64_t mib : {128, 512, 4096, 65536}) {
    for (const bool has_journal : {false, true}) {
      const std::uint64_t limit = mib << 20;
      const auto budget = DivideMemory(limit, has_journal);
      ASSERT_TRUE(budget.ok());
      EXPECT_GE(budget->store_bytes, limit / 4) << mib;
      EXPECT_GT(budget->transport_bytes, 0u) << mib;
      EXPECT_GT(budget->frame_bytes, 0u) << mib;
      EXPECT_EQ(budget->journal_bytes > 0, has_journal) << mib;
      EXPECT_LE(budget->store_bytes + budget->transport_bytes + budget->frame_bytes + budget->journal_bytes,
                limit * 4 / 5)
          << mib;
    }
  }
}

TEST(MemoryBudgetTest, NoLimitMeansNoneForTheStore) {
  EXPECT_EQ(DivideMemory(0, true)->store_bytes, 0u);
}

TEST(MemoryBudgetTest, ALimitTooSmallToRunWithIsAnError) {
  const auto budget = DivideMemory(kLeastMemoryLimit - 1, false);
  EXPECT_EQ(budget.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(budget.status().message()), HasSubstr("--memory-limit"));
}

}  // namespace
}  // namespace obs
