#include "buffer/byte_queue.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace obs {
namespace {

std::vector<std::uint8_t> BytesOf(const ByteQueue& queue) {
  return {queue.begin(), queue.end()};
}

TEST(ByteQueueTest, KeepsWhatIsBetweenAppendedAndConsumed) {
  std::mt19937 random(1);
  ByteQueue queue;
  std::deque<std::uint8_t> expected;
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t added = random() % 40;
    std::uint8_t* out = queue.Reserve(64);
    for (std::size_t k = 0; k < added; ++k) {
      expected.push_back(static_cast<std::uint8_t>(random()));
      *out++ = expected.back();
    }
    queue.Commit(out);
    const std::size_t consumed = std::min<std::size_t>(random() % 40, expected.size());
    queue.ConsumeTo(queue.begin() + consumed);
    expected.erase(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(consumed));
    if (i % 100 != 0) continue;
    ASSERT_EQ(BytesOf(queue), std::vector<std::uint8_t>(expected.begin(), expected.end()));
  }
}

TEST(ByteQueueTest, ABalancedQueueHasLittleSlack) {
  ByteQueue queue;
  const std::vector<std::uint8_t> bytes(1000);
  queue.Append(bytes.data(), bytes.size());
  for (int i = 0; i < 10'000; ++i) {
    queue.Append(bytes.data(), 3);
    queue.ConsumeTo(queue.begin() + 3);
  }
  EXPECT_LT(queue.HeapBytes(), 1300u);
}

TEST(ByteQueueTest, GivesMemoryBackAfterABurst) {
  ByteQueue queue;
  const std::vector<std::uint8_t> bytes(100'000);
  queue.Append(bytes.data(), bytes.size());
  queue.ConsumeTo(queue.end());
  for (int i = 0; i < 10'000; ++i) {
    queue.Append(bytes.data(), 100);
    queue.ConsumeTo(queue.end());
  }
  EXPECT_LT(queue.HeapBytes(), 1000u);
}

TEST(ByteQueueTest, MovedFromIsEmpty) {
  ByteQueue queue;
  const std::uint8_t byte = 7;
  queue.Append(&byte, 1);
  ByteQueue moved = std::move(queue);
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_EQ(BytesOf(moved), std::vector<std::uint8_t>{7});
}

}  // namespace
}  // namespace obs
