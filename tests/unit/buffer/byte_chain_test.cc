#include "buffer/byte_chain.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <random>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

using Record = std::vector<std::uint8_t>;

Record RecordOf(std::size_t size, unsigned first) {
  Record record(size);
  for (std::size_t i = 0; i < size; ++i) record[i] = static_cast<std::uint8_t>(first + i);
  return record;
}

Record FrontOf(const ByteChain& chain) {
  std::vector<std::uint8_t> scratch;
  const auto front = chain.Front(&scratch);
  return {front.begin(), front.end()};
}

std::vector<Record> RecordsOf(const ByteChain& chain) {
  std::vector<Record> records;
  chain.ForEach(
      [&](std::span<const std::uint8_t> record) { records.emplace_back(record.begin(), record.end()); });
  return records;
}

TEST(ByteChainTest, HoldsNothingAtFirst) {
  const ByteChain chain;
  EXPECT_TRUE(chain.empty());
  EXPECT_EQ(chain.HeapBytes(), 0u);
  EXPECT_THAT(RecordsOf(chain), IsEmpty());
}

TEST(ByteChainTest, RecordsOfAnySizeComeBackInOrder) {
  ByteChain chain;
  std::vector<Record> expected;
  for (const std::size_t size : {0u, 1u, 127u, 128u, 239u, 240u, 241u, 1000u, 0u, 5u}) {
    expected.push_back(RecordOf(size, static_cast<unsigned>(size)));
    chain.PushBack(expected.back());
  }
  EXPECT_THAT(RecordsOf(chain), ElementsAreArray(expected));
  for (const Record& record : expected) {
    ASSERT_FALSE(chain.empty());
    EXPECT_EQ(FrontOf(chain), record);
    chain.PopFront();
  }
  EXPECT_TRUE(chain.empty());
  EXPECT_EQ(chain.HeapBytes(), 0u);
}

TEST(ByteChainTest, AQueueThatMovesOnKeepsItsOrderAndLittleMore) {
  std::mt19937 random(1);
  ByteChain chain;
  std::deque<Record> expected;
  std::size_t bytes = 0;
  for (int i = 0; i < 5000; ++i) {
    expected.push_back(RecordOf(random() % (i % 50 == 0 ? 2000 : 100), random()));
    bytes += expected.back().size();
    chain.PushBack(expected.back());
    while (expected.size() > 1 + static_cast<std::size_t>(i) % 60) {
      ASSERT_EQ(FrontOf(chain), expected.front());
      bytes -= expected.front().size();
      expected.pop_front();
      chain.PopFront();
    }
    ASSERT_LE(chain.HeapBytes(), (bytes + 2 * expected.size()) * 248 / 240 + 2 * 248);
  }
  EXPECT_THAT(RecordsOf(chain), ElementsAreArray(expected));
}

TEST(ByteChainTest, ACopyIsItsOwnAndAMoveTakesAll) {
  ByteChain chain;
  for (unsigned i = 0; i < 20; ++i) chain.PushBack(RecordOf(50, i));
  for (int i = 0; i < 7; ++i) chain.PopFront();
  const auto expected = RecordsOf(chain);
  ByteChain copy = chain;
  chain.PopFront();
  EXPECT_THAT(RecordsOf(copy), ElementsAreArray(expected));
  copy.PushBack(RecordOf(3, 0));
  EXPECT_EQ(RecordsOf(chain).size(), expected.size() - 1);

  chain = std::move(copy);
  EXPECT_EQ(RecordsOf(chain).size(), expected.size() + 1);
  chain = ByteChain();
  EXPECT_TRUE(chain.empty());
}

}  // namespace
}  // namespace obs
