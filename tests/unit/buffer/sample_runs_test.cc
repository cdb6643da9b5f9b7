#include "buffer/sample_runs.h"

#include <cstdint>
#include <list>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using ::testing::SizeIs;

TEST(SampleRunsTest, WritesAtTheLatestWhenFlushed) {
  RingBuffer ring(64);
  SampleRuns runs;
  runs.Add(ring, {1, 2, 3});
  EXPECT_EQ(ring.written(), 0u);
  runs.Flush();
  EXPECT_EQ(ring.written(), 1u);
  runs.Flush();
  EXPECT_EQ(ring.written(), 1u);
}

TEST(SampleRunsTest, EachRingGetsItsOwnSamplesInOrder) {
  std::list<RingBuffer> rings;
  for (int i = 0; i < 30; ++i) rings.emplace_back(256);
  SampleRuns runs;
  for (std::int64_t number = 0; number < 100; ++number) {
    std::uint64_t series = 0;
    for (RingBuffer& ring : rings) runs.Add(ring, {series++, number, 0});
  }
  runs.Flush();
  std::uint64_t series = 0;
  for (const RingBuffer& ring : rings) {
    const RingBatch batch = RingReader(ring).ReadBatch(1000);
    ASSERT_THAT(batch.samples, SizeIs(100));
    for (std::int64_t number = 0; number < 100; ++number) {
      EXPECT_EQ(batch.samples[static_cast<std::size_t>(number)], (RingSample{series, number, 0}));
    }
    ++series;
  }
}

}  // namespace
}  // namespace obs
