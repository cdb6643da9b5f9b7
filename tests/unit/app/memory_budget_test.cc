#include "app/memory_budget.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using ::testing::HasSubstr;

TEST(MemoryBudgetTest, ThePartsTogetherStayWellBelowTheLimit) {
  for (const std::uint64_t mib : {128, 512, 4096, 65536}) {
    const std::uint64_t limit = mib << 20;
    const auto budget = DivideMemory(limit);
    ASSERT_TRUE(budget.ok());
    EXPECT_GE(budget->store_bytes, limit / 4) << mib;
    EXPECT_GT(budget->transport_bytes, 0u) << mib;
    EXPECT_GT(budget->frame_bytes, 0u) << mib;
    EXPECT_LE(budget->store_bytes + budget->transport_bytes + budget->frame_bytes, limit * 4 / 5) << mib;
  }
}

TEST(MemoryBudgetTest, NoLimitMeansNoneForTheStore) {
  EXPECT_EQ(DivideMemory(0)->store_bytes, 0u);
}

TEST(MemoryBudgetTest, ALimitTooSmallToRunWithIsAnError) {
  const auto budget = DivideMemory(kLeastMemoryLimit - 1);
  EXPECT_EQ(budget.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(budget.status().message()), HasSubstr("--memory-limit"));
}

}  // namespace
}  // namespace obs
