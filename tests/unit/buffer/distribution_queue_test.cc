#include "buffer/distribution_queue.h"

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

constexpr std::int64_t kStart = 1'750'000'123'456'789;
constexpr std::int64_t kSecond = 1'000'000;

DistributionRecord RecordOf(std::int64_t timestamp_us, const std::vector<double>& values) {
  DistributionRecord record;
  record.slots.push_back({timestamp_us, 0, 0});
  record.Observe(values);
  return record;
}

std::vector<DistributionRecord> RecordsOf(const DistributionQueue& queue) {
  std::vector<DistributionRecord> records;
  queue.ForEach([&](const DistributionRecord& record) { records.push_back(record); });
  return records;
}

TEST(DistributionQueueTest, ReturnsExactlyWhatWasPushed) {
  std::vector<DistributionRecord> records{
      RecordOf(kStart, {23.5}),
      RecordOf(kStart + 1 * kSecond, {1.0 / 3, 1.0 / 7, 1e-300, 1e300}),
      RecordOf(kStart + 1 * kSecond, {-1, -2.5, 0, 0, 4}),
      RecordOf(kStart + 9 * kSecond, std::vector<double>(300, 0.25)),
      RecordOf(kStart + 10 * kSecond, {}),
      RecordOf(kStart + 11 * kSecond, {5, 5.1, 5.2, 5.3, 5.4, 5.5, 5.6, 5.7, 5.8, 5.9, 6}),
      RecordOf(kStart + 12 * kSecond, {0}),
  };
  records[3].ReduceScale(3);
  records[5].ReduceScale(2);
  DistributionQueue queue(Precision::kExact);
  for (const auto& record : records) queue.PushBack(record);
  EXPECT_THAT(RecordsOf(queue), ElementsAreArray(records));
}

TEST(DistributionQueueTest, ExplicitBucketsHaveNoExtremes) {
  DistributionRecord record;
  record.scale = DistributionRecord::kExplicit;
  record.slots.push_back({kStart, 0, 0});
  record.Add(*ExplicitHistogram::Create({1, 2, 5}, {3, 0, 7, 1}, 42.5));
  DistributionQueue queue(Precision::kExact);
  queue.PushBack(record);
  EXPECT_THAT(RecordsOf(queue), ElementsAre(record));
  EXPECT_THAT(record.positive, ElementsAre(BucketCount{0, 3}, BucketCount{2, 7}, BucketCount{3, 1}));
}

TEST(DistributionQueueTest, SeveralSlotsMayShareOneDistribution) {
  DistributionRecord record = RecordOf(kStart, {1, 2, 3});
  record.MergeBuckets(RecordOf(kStart + kSecond, {4}));
  record.slots.push_back({kStart + kSecond, 1, 4});
  record.slots.push_back({kStart + 2 * kSecond, 0, 0});
  DistributionQueue queue(Precision::kExact);
  queue.PushBack(record);
  queue.PushBack(RecordOf(kStart + 3 * kSecond, {7}));
  EXPECT_THAT(RecordsOf(queue), ElementsAre(record, RecordOf(kStart + 3 * kSecond, {7})));
}

TEST(DistributionQueueTest, RoundedNumbersAreCloseAndDecimalOnesExact) {
  DistributionQueue queue(Precision::kRounded);
  queue.PushBack(RecordOf(kStart, {1.0 / 3, 1.0 / 7, 1000.0 / 3}));
  queue.PushBack(RecordOf(kStart + kSecond, {0.1, 23.5}));
  queue.PushBack(RecordOf(kStart + 2 * kSecond, {3.4e38, 1}));
  const auto records = RecordsOf(queue);
  const double sum = 1.0 / 3 + 1.0 / 7 + 1000.0 / 3;
  EXPECT_NEAR(records[0].slots[0].sum, sum, sum * 2e-5);
  EXPECT_NEAR(records[0].min, 1.0 / 7, 1e-5);
  EXPECT_NEAR(records[0].max, 1000.0 / 3, 1e-2);
  EXPECT_EQ(records[0].positive, RecordOf(kStart, {1.0 / 3, 1.0 / 7, 1000.0 / 3}).positive);
  EXPECT_EQ(records[1], RecordOf(kStart + kSecond, {0.1, 23.5}));
  EXPECT_TRUE(std::isfinite(records[2].max));
}

TEST(DistributionQueueTest, CoarseTimesAreWholeMilliseconds) {
  DistributionQueue queue(Precision::kCoarse);
  DistributionRecord record = RecordOf(kStart, {1, 2});
  record.slots.push_back({kStart + kSecond, 1, 4});
  queue.PushBack(record);
  queue.PushBack(RecordOf(kStart + 2 * kSecond, {5}));
  constexpr std::int64_t kRounded = kStart / 1000 * 1000;
  EXPECT_EQ(queue.front_us(), kRounded);
  const auto records = RecordsOf(queue);
  EXPECT_EQ(records[0].oldest_us(), kRounded);
  EXPECT_EQ(records[0].newest_us(), kRounded + kSecond);
  EXPECT_EQ(records[1], RecordOf(kRounded + 2 * kSecond, {5}));
}

TEST(DistributionQueueTest, PopsTheOldestFirst) {
  DistributionQueue queue(Precision::kExact);
  for (int i = 0; i < 3; ++i) queue.PushBack(RecordOf(kStart + i * kSecond, {1.0 + i}));
  EXPECT_EQ(queue.front_us(), kStart);
  DistributionRecord record;
  queue.PopFront(&record);
  EXPECT_EQ(record, RecordOf(kStart, {1}));
  EXPECT_EQ(queue.front_us(), kStart + kSecond);
  EXPECT_THAT(RecordsOf(queue),
              ElementsAre(RecordOf(kStart + kSecond, {2}), RecordOf(kStart + 2 * kSecond, {3})));
}

TEST(DistributionQueueTest, CanBeEmptiedAndFilledAgain) {
  DistributionQueue queue(Precision::kExact);
  DistributionRecord record;
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(queue.empty());
    queue.PushBack(RecordOf(kStart + i * kSecond, {i * 0.7}));
    queue.PopFront(&record);
    EXPECT_EQ(record, RecordOf(kStart + i * kSecond, {i * 0.7}));
  }
}

TEST(DistributionQueueTest, AMovingWindowOfRandomRecordsStaysExact) {
  std::mt19937 random(1);
  std::lognormal_distribution<double> latency(3, 1);
  std::vector<DistributionRecord> expected;
  DistributionQueue queue(Precision::kExact);
  DistributionRecord popped;
  for (int i = 0; i < 500; ++i) {
    std::vector<double> values(random() % 50);
    for (double& value : values) value = latency(random) * (random() % 8 == 0 ? -1 : 1);
    DistributionRecord record = RecordOf(kStart + i * 100'000, values);
    record.ReduceScale(6 - static_cast<int>(random() % 4));
    queue.PushBack(record);
    expected.push_back(record);
    if (expected.size() > 100) {
      queue.PopFront(&popped);
      ASSERT_EQ(popped, expected.front());
      expected.erase(expected.begin());
    }
  }
  EXPECT_THAT(RecordsOf(queue), ElementsAreArray(expected));
}

}  // namespace
}  // namespace obs
