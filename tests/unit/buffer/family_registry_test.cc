#include "buffer/family_registry.h"

#include <cstdint>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Property;

class FamilyRegistryTest : public ::testing::Test {
 protected:
  std::shared_ptr<MemoryMeter> memory_ = std::make_shared<MemoryMeter>(0);
  FamilyRegistry registry_{64, memory_};
};

TEST_F(FamilyRegistryTest, OneFamilyForEachName) {
  const auto family = registry_.GetOrCreate("a");
  EXPECT_EQ(registry_.GetOrCreate("a"), family);
  EXPECT_NE(registry_.GetOrCreate("b"), family);
  EXPECT_EQ(family->name(), "a");
  EXPECT_EQ(family->ring().capacity(), 64u);
}

TEST_F(FamilyRegistryTest, ListsFamiliesInOrderOfName) {
  registry_.GetOrCreate("b");
  registry_.GetOrCreate("a");
  const auto all = registry_.All();
  EXPECT_THAT(all, ElementsAre(Property(&std::shared_ptr<Family>::get, Property(&Family::name, "a")),
                               Property(&std::shared_ptr<Family>::get, Property(&Family::name, "b"))));
}

TEST_F(FamilyRegistryTest, DropsOnlyWhatNobodyHolds) {
  const auto held = registry_.GetOrCreate("held");
  const std::uint64_t bytes_of_one = memory_->bytes();
  registry_.GetOrCreate("unused");
  registry_.DropUnused();
  EXPECT_THAT(registry_.All(), ElementsAre(held));
  EXPECT_EQ(memory_->bytes(), bytes_of_one);
}

TEST_F(FamilyRegistryTest, AThousandIdleMetricsCostLittle) {
  for (int i = 0; i < 1000; ++i) registry_.GetOrCreate(std::to_string(i));
  EXPECT_LT(memory_->bytes(), 1'000'000u);
  registry_.DropUnused();
  EXPECT_THAT(registry_.All(), IsEmpty());
}

}  // namespace
}  // namespace obs
