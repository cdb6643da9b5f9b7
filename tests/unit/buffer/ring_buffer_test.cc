#include "buffer/ring_buffer.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "buffer/memory_meter.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// All words of a sample follow from its number, so that a torn one shows.
RingSample SampleOf(std::uint64_t series, std::uint64_t number) {
  return {series, static_cast<std::int64_t>(number), static_cast<double>(number * 3 + series)};
}
bool IsWhole(const RingSample& sample) {
  return sample == SampleOf(sample.series, static_cast<std::uint64_t>(sample.timestamp_ns));
}

// A run of samples numbered from `first`, spread in time so that none is young.
std::vector<RingSample> OldRun(std::uint64_t first, std::size_t count) {
  std::vector<RingSample> run;
  for (std::uint64_t i = first; i < first + count; ++i) {
    run.push_back({1, static_cast<std::int64_t>(i) * RingBuffer::kRetentionNs, static_cast<double>(i)});
  }
  return run;
}

TEST(RingBufferTest, ReadsInOrderOfWriting) {
  RingBuffer ring(64);
  RingReader reader(ring);
  ring.Write(SampleOf(1, 1));
  ring.Write(SampleOf(2, 2));
  const RingBatch batch = reader.ReadBatch(10);
  EXPECT_THAT(batch.samples, ElementsAre(SampleOf(1, 1), SampleOf(2, 2)));
  EXPECT_EQ(batch.missed, 0u);
  EXPECT_THAT(reader.ReadBatch(10).samples, IsEmpty());
}

TEST(RingBufferTest, BatchHoldsAtMostWhatWasAskedFor) {
  RingBuffer ring(64);
  RingReader reader(ring);
  for (std::uint64_t i = 0; i < 5; ++i) ring.Write(SampleOf(1, i));
  EXPECT_THAT(reader.ReadBatch(3).samples, SizeIs(3));
  EXPECT_THAT(reader.ReadBatch(3).samples, ElementsAre(SampleOf(1, 3), SampleOf(1, 4)));
}

TEST(RingBufferTest, EveryReaderSeesEverySample) {
  RingBuffer ring(64);
  RingReader one(ring);
  RingReader other(ring);
  ring.Write(SampleOf(1, 1));
  EXPECT_THAT(one.ReadBatch(10).samples, SizeIs(1));
  EXPECT_THAT(other.ReadBatch(10).samples, SizeIs(1));
}

TEST(RingBufferTest, CapacityIsRoundedUpToAPowerOfTwoWithinBounds) {
  EXPECT_EQ(RingBuffer(65536).capacity(), 65536u);
  EXPECT_EQ(RingBuffer(65537).capacity(), 131072u);
  EXPECT_EQ(RingBuffer(0).capacity(), RingBuffer::kMinCapacity);
  EXPECT_EQ(RingBuffer(SIZE_MAX).capacity(), RingBuffer::kMaxCapacity);
}

TEST(RingBufferTest, TakesNoMemoryBeforeTheFirstSample) {
  const RingBuffer ring(65536);
  EXPECT_EQ(ring.memory_bytes(), 0u);
  EXPECT_EQ(ring.size(), 0u);
}

TEST(RingBufferTest, StaysSmallWhereWritesAreRare) {
  RingBuffer ring(65536);
  ring.Write(OldRun(0, 10));
  for (std::uint64_t i = 10; i < 1000; ++i) ring.Write(OldRun(i, 1));
  EXPECT_LT(ring.memory_bytes(), 1024u);
  EXPECT_EQ(ring.size(), RingBuffer::kMinCapacity);
  EXPECT_EQ(ring.written(), 1000u);
}

TEST(RingBufferTest, GrowsToItsCapacityRatherThanForgetYoungSamples) {
  RingBuffer ring(1024);
  RingReader reader(ring);
  for (std::uint64_t i = 0; i < 1024; ++i) ring.Write(SampleOf(1, i));
  EXPECT_EQ(ring.size(), 1024u);
  const RingBatch batch = reader.ReadBatch(2000);
  EXPECT_EQ(batch.missed, 0u);
  ASSERT_THAT(batch.samples, SizeIs(1024));
  for (std::uint64_t i = 0; i < 1024; ++i) EXPECT_EQ(batch.samples[i], SampleOf(1, i));
}

TEST(RingBufferTest, NeverHoldsMoreThanItsCapacity) {
  RingBuffer ring(100);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    ring.Write(SampleOf(1, i));
    ASSERT_LE(ring.size(), ring.capacity());
  }
  EXPECT_EQ(ring.size(), ring.capacity());
}

TEST(RingBufferTest, LappedReaderIsToldHowManyItMissed) {
  RingBuffer ring(256);
  RingReader reader(ring);
  for (std::uint64_t i = 0; i < 1000; ++i) ring.Write(SampleOf(1, i));
  const RingBatch batch = reader.ReadBatch(1000);
  EXPECT_EQ(batch.missed, 1000u - 256u);
  ASSERT_THAT(batch.samples, SizeIs(256));
  EXPECT_EQ(batch.samples.front(), SampleOf(1, 744));
  EXPECT_EQ(batch.samples.back(), SampleOf(1, 999));
}

TEST(RingBufferTest, NewReaderBeginsWithTheOldestSampleAndHasMissedNothing) {
  RingBuffer ring(256);
  for (std::uint64_t i = 0; i < 1000; ++i) ring.Write(SampleOf(1, i));
  RingReader reader(ring);
  const RingBatch batch = reader.ReadBatch(1);
  EXPECT_EQ(batch.missed, 0u);
  EXPECT_THAT(batch.samples, ElementsAre(SampleOf(1, 744)));
}

TEST(RingBufferTest, RunLongerThanTheRingLeavesItsEnd) {
  RingBuffer ring(128);
  std::vector<RingSample> run;
  for (std::uint64_t i = 0; i < 1000; ++i) run.push_back(SampleOf(1, i));
  ring.Write(run);
  RingReader reader(ring);
  const RingBatch batch = reader.ReadBatch(1000);
  ASSERT_THAT(batch.samples, SizeIs(128));
  EXPECT_EQ(batch.samples.back(), SampleOf(1, 999));
}

TEST(RingBufferTest, TimestampsMayBeAnything) {
  RingBuffer ring(64);
  RingReader reader(ring);
  for (const std::int64_t timestamp : {INT64_MAX, INT64_MIN, std::int64_t{0}}) {
    for (int i = 0; i < 100; ++i) ring.Write({1, timestamp, 1});
  }
  EXPECT_EQ(reader.ReadBatch(1000).samples.size(), 64u);
}

TEST(RingBufferTest, DoesNotGrowWhereMemoryIsAtItsLimit) {
  const auto memory = std::make_shared<MemoryMeter>(2000);
  {
    RingBuffer ring(65536, memory);
    for (std::uint64_t i = 0; i < 1000; ++i) ring.Write(SampleOf(1, i));
    EXPECT_LE(memory->bytes(), 2000u);
    EXPECT_EQ(memory->bytes(), ring.memory_bytes());
    EXPECT_GT(ring.size(), 0u);
  }
  EXPECT_EQ(memory->bytes(), 0u);
}

TEST(RingBufferTest, WithoutAnyMemoryAllIsMissed) {
  RingBuffer ring(64, std::make_shared<MemoryMeter>(1));
  RingReader reader(ring);
  for (std::uint64_t i = 0; i < 5; ++i) ring.Write(SampleOf(1, i));
  const RingBatch batch = reader.ReadBatch(10);
  EXPECT_THAT(batch.samples, IsEmpty());
  EXPECT_EQ(batch.missed, 5u);
  EXPECT_EQ(ring.size(), 0u);
}

// Reads until `writers_done` and nothing is left. Returns samples read and missed.
std::uint64_t ReadAll(const RingBuffer& ring, RingReader& reader, const std::atomic<bool>& writers_done,
                      std::size_t batch_size, std::vector<std::uint64_t>* newest_by_series) {
  std::uint64_t accounted = 0;
  for (;;) {
    const bool was_done = writers_done.load();
    const RingBatch batch = reader.ReadBatch(batch_size);
    accounted += batch.samples.size() + batch.missed;
    for (const RingSample& sample : batch.samples) {
      EXPECT_TRUE(IsWhole(sample));
      const auto number = static_cast<std::uint64_t>(sample.timestamp_ns);
      std::uint64_t& newest = (*newest_by_series)[sample.series];
      EXPECT_GT(number, newest) << "series " << sample.series;
      newest = number;
    }
    if (was_done && accounted == ring.written()) return accounted;
    if (batch.samples.empty()) std::this_thread::yield();
  }
}

TEST(RingBufferTest, SlowReaderOfAFastWriterSeesWholeSamplesAndCountsTheRest) {
  constexpr std::uint64_t kSamples = 300'000;
  RingBuffer ring(64);
  RingReader reader(ring);
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (std::uint64_t i = 1; i <= kSamples; ++i) ring.Write(SampleOf(0, i));
    done = true;
  });
  std::vector<std::uint64_t> newest(1);
  EXPECT_EQ(ReadAll(ring, reader, done, 7, &newest), kSamples);
  writer.join();
  EXPECT_EQ(newest[0], kSamples) << "what a lone writer wrote last is there";
}

TEST(RingBufferTest, ThreeWritersNeverMixTheirSamples) {
  constexpr std::size_t kWriters = 3;
  constexpr std::size_t kRuns = 3'000;
  constexpr std::size_t kRunSize = 37;
  RingBuffer ring(256);
  RingReader reader(ring);
  std::atomic<bool> done = false;
  std::vector<std::thread> writers;
  for (std::uint64_t series = 0; series < kWriters; ++series) {
    writers.emplace_back([&ring, series] {
      std::vector<RingSample> run(kRunSize);
      std::uint64_t number = 0;
      for (std::size_t i = 0; i < kRuns; ++i) {
        for (RingSample& sample : run) sample = SampleOf(series, ++number);
        ring.Write(run);
      }
    });
  }
  std::vector<std::uint64_t> newest(kWriters);
  std::uint64_t accounted = 0;
  std::thread reading([&] { accounted = ReadAll(ring, reader, done, 64, &newest); });
  for (std::thread& writer : writers) writer.join();
  done = true;
  reading.join();
  EXPECT_EQ(accounted, kWriters * kRuns * kRunSize);
}

}  // namespace
}  // namespace obs
