#include "wire/batch_writer.h"

#include <cstdint>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "telemetry.pb.h"

namespace obs {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

telemetry::TelemetryBatch Parse(const EncodedBatch& encoded) {
  telemetry::TelemetryBatch batch;
  EXPECT_TRUE(batch.ParseFromString(encoded.bytes));
  return batch;
}

TEST(BatchWriterTest, SamplesOfOneTimeNeedNoDeltas) {
  BatchWriter writer;
  writer.Add(0, 1000, 1.5);
  writer.Add(300, 1000, -2);
  const EncodedBatch encoded = writer.Take();
  EXPECT_EQ(encoded.samples, 2u);
  EXPECT_EQ(encoded.ref_limit, 301u);
  const auto batch = Parse(encoded);
  ASSERT_EQ(batch.columns_size(), 1);
  EXPECT_EQ(batch.columns(0).base_timestamp(), 1000);
  EXPECT_THAT(batch.columns(0).refs(), ElementsAre(0, 300));
  EXPECT_THAT(batch.columns(0).timestamp_deltas(), IsEmpty());
  EXPECT_THAT(batch.columns(0).values(), ElementsAre(1.5, -2));
  EXPECT_FALSE(batch.columns(0).increments());
}

TEST(BatchWriterTest, DifferentTimesAreDeltasFromTheSampleBefore) {
  BatchWriter writer;
  writer.Add(1, 1000, 1);
  writer.Add(1, 1000, 2);
  writer.Add(1, 1500, 3);
  writer.Add(1, 900, 4);
  const auto batch = Parse(writer.Take());
  EXPECT_EQ(batch.columns(0).base_timestamp(), 1000);
  EXPECT_THAT(batch.columns(0).timestamp_deltas(), ElementsAre(0, 0, 500, -600));
}

TEST(BatchWriterTest, FarthestTimesDoNotOverflow) {
  BatchWriter writer;
  writer.Add(1, INT64_MIN, 1);
  writer.Add(1, INT64_MAX, 2);
  const auto batch = Parse(writer.Take());
  EXPECT_EQ(batch.columns(0).base_timestamp(), INT64_MIN);
  EXPECT_THAT(batch.columns(0).timestamp_deltas(), ElementsAre(0, -1));
}

TEST(BatchWriterTest, SamplesWithoutATimeAndIncrementsStayApart) {
  BatchWriter writer;
  writer.Add(1, 1000, 1);
  writer.Add(2, 0, 2);
  writer.AddIncrement(3, 0, 3);
  writer.AddIncrement(4, 2000, 4);
  const auto batch = Parse(writer.Take());
  ASSERT_EQ(batch.columns_size(), 4);
  EXPECT_THAT(batch.columns(0).refs(), ElementsAre(1));
  EXPECT_THAT(batch.columns(1).refs(), ElementsAre(2));
  EXPECT_EQ(batch.columns(1).base_timestamp(), 0);
  EXPECT_EQ(batch.columns(2).base_timestamp(), 2000);
  EXPECT_TRUE(batch.columns(2).increments());
  EXPECT_THAT(batch.columns(3).refs(), ElementsAre(3));
  EXPECT_TRUE(batch.columns(3).increments());
}

TEST(BatchWriterTest, SketchIsWrittenWhole) {
  Sketch sketch;
  for (const double value : {-2.0, 0.0, 0.5, 1.0, 1.0}) sketch.Insert(value);
  BatchWriter writer;
  writer.AddSketch(7, 1000, sketch);
  const EncodedBatch encoded = writer.Take();
  EXPECT_EQ(encoded.samples, 1u);
  EXPECT_EQ(encoded.ref_limit, 8u);
  const auto batch = Parse(encoded);
  ASSERT_EQ(batch.histograms_size(), 1);
  EXPECT_EQ(batch.histograms(0).ref(), 7u);
  EXPECT_EQ(batch.histograms(0).timestamp(), 1000);
  const auto& wire = batch.histograms(0).histogram().sketch();
  EXPECT_EQ(wire.scale(), 6);
  EXPECT_EQ(wire.zero_count(), 1u);
  EXPECT_EQ(wire.positive().offset(), sketch.positive().offset);
  EXPECT_EQ(wire.positive().counts_size(), 65);
  EXPECT_EQ(wire.negative().offset(), sketch.negative().offset);
  EXPECT_THAT(wire.negative().counts(), ElementsAre(1));
  EXPECT_EQ(wire.count(), 5u);
  EXPECT_EQ(wire.sum(), 0.5);
  EXPECT_EQ(wire.min(), -2);
  EXPECT_EQ(wire.max(), 1);
}

TEST(BatchWriterTest, ExplicitBucketsAreWrittenWhole) {
  const auto histogram = ExplicitHistogram::Create({1, 2.5}, {3, 0, 4}, 17.5);
  ASSERT_TRUE(histogram.ok());
  BatchWriter writer;
  writer.AddExplicit(7, 1000, *histogram);
  const EncodedBatch encoded = writer.Take();
  EXPECT_EQ(encoded.samples, 1u);
  EXPECT_EQ(encoded.ref_limit, 8u);
  const auto batch = Parse(encoded);
  ASSERT_EQ(batch.histograms_size(), 1);
  EXPECT_EQ(batch.histograms(0).ref(), 7u);
  EXPECT_EQ(batch.histograms(0).timestamp(), 1000);
  EXPECT_THAT(batch.histograms(0).histogram().bounds(), ElementsAre(1, 2.5));
  EXPECT_THAT(batch.histograms(0).histogram().counts(), ElementsAre(3, 0, 4));
  EXPECT_EQ(batch.histograms(0).histogram().sum(), 17.5);
}

TEST(BatchWriterTest, BytesForetellsTheSize) {
  BatchWriter writer;
  Sketch sketch;
  for (int i = 1; i < 100; ++i) sketch.Insert(i);
  for (std::uint32_t i = 0; i < 5000; ++i) {
    writer.Add(i, 1000 + i % 7, i);
    writer.AddIncrement(i, 0, i);
    if (i % 100 == 0) writer.AddSketch(i, 1000, sketch);
  }
  const std::size_t foretold = writer.bytes();
  const std::size_t size = writer.Take().bytes.size();
  EXPECT_LE(size, foretold);
  EXPECT_LE(foretold, size + 200);
}

TEST(BatchWriterTest, TakingBeginsANewBatch) {
  BatchWriter writer;
  writer.Add(9, 1000, 1);
  writer.Add(9, 2000, 1);
  writer.Take();
  EXPECT_TRUE(writer.empty());
  EXPECT_EQ(writer.bytes(), 0u);
  writer.Add(2, 3000, 5);
  const EncodedBatch encoded = writer.Take();
  EXPECT_EQ(encoded.ref_limit, 3u);
  const auto batch = Parse(encoded);
  EXPECT_EQ(batch.columns(0).base_timestamp(), 3000);
  EXPECT_THAT(batch.columns(0).timestamp_deltas(), IsEmpty());
  EXPECT_THAT(batch.columns(0).values(), ElementsAre(5));
}

}  // namespace
}  // namespace obs
