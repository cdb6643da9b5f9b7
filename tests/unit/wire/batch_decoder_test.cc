#include "wire/batch_decoder.h"

#include <limits>
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "telemetry.pb.h"
#include "wire/packed.h"

namespace obs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Text(std::initializer_list<int> bytes) {
  std::string text;
  for (const int byte : bytes) text.push_back(static_cast<char>(byte));
  return text;
}

std::vector<std::uint64_t> Varints(const PackedView& view) {
  std::vector<std::uint64_t> values;
  VarintCursor cursor(view.bytes);
  for (std::size_t i = 0; i < view.size; ++i) values.push_back(cursor.Next());
  return values;
}

std::vector<std::int64_t> Sint64s(const PackedView& view) {
  std::vector<std::int64_t> values;
  for (const std::uint64_t value : Varints(view)) values.push_back(UnZigZag(value));
  return values;
}

std::vector<double> Doubles(const PackedView& view) {
  std::vector<double> values;
  DoubleCursor cursor(view.bytes);
  for (std::size_t i = 0; i < view.size; ++i) values.push_back(cursor.Next());
  return values;
}

std::vector<std::pair<std::string, std::string>> Labels(const BatchView& batch, IndexRange range) {
  std::vector<std::pair<std::string, std::string>> labels;
  for (std::uint32_t i = range.begin; i < range.begin + range.size; ++i) {
    labels.emplace_back(batch.labels[i].name, batch.labels[i].value);
  }
  return labels;
}

// ---- The earlier agents' layout, encoded by hand ----

TEST(BatchDecoderTest, ReadsGroupedRunningTotalsOfTheEarlierAgents) {
  // service "api", instance "i-1", one metric "req" {code="200"}: totals 7, then 3 after a restart.
  const std::string bytes = Text({0x0a, 0x03, 'a',  'p',  'i',                   //
                                  0x12, 0x03, 'i',  '-',  '1',                   //
                                  0x1a, 0x1f,                                    //
                                  0x0a, 0x03, 'r',  'e',  'q',                   //
                                  0x12, 0x0b, 0x0a, 0x04, 'c',  'o',  'd', 'e',  //
                                  0x12, 0x03, '2',  '0',  '0',                   //
                                  0x1a, 0x04, 0x08, 0x64, 0x18, 0x07,            //
                                  0x1a, 0x05, 0x08, 0xc8, 0x01, 0x18, 0x03});
  BatchDecoder decoder;
  ASSERT_TRUE(decoder.Decode(bytes).ok()) << decoder.Decode(bytes);
  const BatchView& batch = decoder.batch();
  EXPECT_EQ("api", batch.service);
  EXPECT_EQ("i-1", batch.instance);
  EXPECT_EQ(2u, batch.sample_count);
  ASSERT_EQ(1u, batch.metrics.size());
  EXPECT_EQ("req", batch.metrics[0].name);
  EXPECT_THAT(Labels(batch, batch.metrics[0].labels),
              ElementsAre(std::pair<std::string, std::string>("code", "200")));
  ASSERT_EQ(2u, batch.metrics[0].samples.size);
  EXPECT_EQ(SampleForm::kCounter, batch.samples[0].form);
  EXPECT_EQ(100, batch.samples[0].timestamp_ns);
  EXPECT_EQ(7, batch.samples[0].value);
  EXPECT_EQ(200, batch.samples[1].timestamp_ns);
  EXPECT_EQ(3, batch.samples[1].value);
}

TEST(BatchDecoderTest, ReadsExplicitBucketsOfTheEarlierAgents) {
  // One metric "lat" with one sample: bounds 0.5, 2.0 and counts 1, 300, 0.
  const std::string bytes =
      Text({0x1a, 0x26, 0x0a, 0x03, 'l',  'a',  't',                                            //
            0x1a, 0x1f, 0x08, 0x64,                                                             //
            0x22, 0x1b,                                                                         //
            0x0a, 0x10, 0,    0,    0,    0,    0,   0, 0xe0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0x40,  //
            0x12, 0x04, 0x01, 0xac, 0x02, 0x00,                                                 //
            0x7a, 0x01, '?'});
  BatchDecoder decoder;
  ASSERT_TRUE(decoder.Decode(bytes).ok()) << decoder.Decode(bytes);
  const BatchView& batch = decoder.batch();
  ASSERT_EQ(1u, batch.samples.size());
  ASSERT_EQ(SampleForm::kHistogram, batch.samples[0].form);
  const HistogramView& histogram = batch.histograms[batch.samples[0].histogram];
  EXPECT_THAT(Doubles(histogram.bounds), ElementsAre(0.5, 2.0));
  EXPECT_THAT(Varints(histogram.counts), ElementsAre(1, 300, 0));
  EXPECT_FALSE(histogram.has_sketch);
  EXPECT_FALSE(histogram.sum.has_value());
}

// ---- What protobuf writes ----

TEST(BatchDecoderTest, ReadsFlatSamplesOfEveryValue) {
  telemetry::TelemetryBatch message;
  const auto add = [&](const char* name) {
    auto* sample = message.add_samples();
    sample->set_name(name);
    sample->set_timestamp(-5);
    (*sample->mutable_labels())["zone"] = name;
    return sample;
  };
  add("g")->set_gauge(-2.5);
  add("c")->set_counter(std::numeric_limits<std::uint64_t>::max());
  add("i")->set_increment(0);
  add("h")->mutable_histogram()->add_observations(4);
  add("none");
  const std::string bytes = message.SerializeAsString();

  BatchDecoder decoder;
  ASSERT_TRUE(decoder.Decode(bytes).ok());
  const BatchView& batch = decoder.batch();
  ASSERT_EQ(5u, batch.metrics.size());
  EXPECT_EQ(5u, batch.sample_count);
  EXPECT_EQ(-5, batch.samples[0].timestamp_ns);
  EXPECT_EQ(SampleForm::kGauge, batch.samples[0].form);
  EXPECT_EQ(-2.5, batch.samples[0].value);
  EXPECT_EQ(SampleForm::kCounter, batch.samples[1].form);
  EXPECT_EQ(18446744073709551615.0, batch.samples[1].value);
  EXPECT_EQ(SampleForm::kIncrement, batch.samples[2].form);
  EXPECT_EQ(SampleForm::kHistogram, batch.samples[3].form);
  EXPECT_THAT(Doubles(batch.histograms[batch.samples[3].histogram].observations), ElementsAre(4));
  EXPECT_EQ(SampleForm::kNone, batch.samples[4].form);
  EXPECT_EQ("none", batch.metrics[4].name);
  EXPECT_THAT(Labels(batch, batch.metrics[4].labels),
              ElementsAre(std::pair<std::string, std::string>("zone", "none")));
}

TEST(BatchDecoderTest, ReadsTheCompactForm) {
  telemetry::TelemetryBatch message;
  auto* announcement = message.add_series();
  announcement->set_ref(300);
  announcement->set_name("cpu");
  announcement->set_kind(telemetry::KIND_COUNTER);
  announcement->set_shared_total(true);
  (*announcement->mutable_labels())["core"] = "0";
  auto* columns = message.add_columns();
  columns->set_base_timestamp(1'000'000);
  columns->set_increments(true);
  for (const std::uint32_t ref : {300u, 1u, 16777215u}) columns->add_refs(ref);
  for (const std::int64_t delta : {0ll, -1'000'000'000ll, 1ll << 62}) columns->add_timestamp_deltas(delta);
  for (const double value : {1.0, 2.0, 3.5}) columns->add_values(value);
  auto* point = message.add_histograms();
  point->set_ref(7);
  point->set_timestamp(99);
  auto* sketch = point->mutable_histogram()->mutable_sketch();
  sketch->set_scale(-3);
  sketch->set_zero_count(1);
  sketch->set_count(4);
  sketch->set_sum(1.5);
  sketch->set_min(-1);
  sketch->set_max(2);
  sketch->mutable_positive()->set_offset(-7);
  sketch->mutable_positive()->add_counts(2);
  sketch->mutable_negative()->add_counts(1);
  const std::string bytes = message.SerializeAsString();

  BatchDecoder decoder;
  ASSERT_TRUE(decoder.Decode(bytes).ok());
  const BatchView& batch = decoder.batch();
  EXPECT_EQ(4u, batch.sample_count);
  ASSERT_EQ(1u, batch.announcements.size());
  EXPECT_EQ(300u, batch.announcements[0].ref);
  EXPECT_EQ("cpu", batch.announcements[0].name);
  EXPECT_EQ(2u, batch.announcements[0].kind);
  EXPECT_TRUE(batch.announcements[0].shared_total);
  EXPECT_THAT(Labels(batch, batch.announcements[0].labels),
              ElementsAre(std::pair<std::string, std::string>("core", "0")));
  ASSERT_EQ(1u, batch.columns.size());
  EXPECT_EQ(1'000'000, batch.columns[0].base_timestamp_ns);
  EXPECT_TRUE(batch.columns[0].increments);
  EXPECT_THAT(Varints(batch.columns[0].refs), ElementsAre(300, 1, 16777215));
  EXPECT_THAT(Sint64s(batch.columns[0].deltas), ElementsAre(0, -1'000'000'000, 1ll << 62));
  EXPECT_THAT(Doubles(batch.columns[0].values), ElementsAre(1.0, 2.0, 3.5));
  ASSERT_EQ(1u, batch.points.size());
  EXPECT_EQ(7u, batch.points[0].ref);
  EXPECT_EQ(99, batch.points[0].timestamp_ns);
  const HistogramView& histogram = batch.histograms[batch.points[0].histogram];
  ASSERT_TRUE(histogram.has_sketch);
  EXPECT_EQ(-3, histogram.scale);
  EXPECT_EQ(1u, histogram.zero_count);
  EXPECT_EQ(4u, histogram.sketch_count);
  EXPECT_EQ(1.5, histogram.sketch_sum);
  EXPECT_EQ(-1, histogram.min);
  EXPECT_EQ(2, histogram.max);
  EXPECT_EQ(-7, histogram.positive.offset);
  EXPECT_THAT(Varints(histogram.positive.counts), ElementsAre(2));
  EXPECT_THAT(Varints(histogram.negative.counts), ElementsAre(1));
}

TEST(BatchDecoderTest, ReadsIdentityLabelsAndReportWhereverTheyStand) {
  std::string bytes;
  AppendBytesField(bytes, 3, "");
  AppendMapField(bytes, 5, "zone", "a");
  AppendVarintField(bytes, 7, 12);
  std::string report;
  AppendMapField(report, 2, "buffer_full", std::uint64_t{4});
  AppendVarintField(report, 1, 100);
  AppendBytesField(bytes, 8, report);
  AppendBytesField(bytes, 6, "p1");
  AppendMapField(bytes, 5, "rack", "b");
  AppendBytesField(bytes, 2, "i-1");
  AppendBytesField(bytes, 1, "first");
  AppendBytesField(bytes, 1, "api");  // the last one counts

  BatchDecoder decoder;
  ASSERT_TRUE(decoder.Decode(bytes).ok());
  const BatchView& batch = decoder.batch();
  EXPECT_EQ("api", batch.service);
  EXPECT_EQ("i-1", batch.instance);
  EXPECT_EQ("p1", batch.producer);
  EXPECT_EQ(12u, batch.sequence);
  ASSERT_EQ(2u, batch.batch_labels.size());
  EXPECT_EQ("rack", batch.batch_labels[1].name);
  ASSERT_TRUE(batch.has_report);
  EXPECT_EQ(100u, batch.report.sent);
  EXPECT_THAT(batch.report.dropped,
              ElementsAre(std::pair<std::string_view, std::uint64_t>("buffer_full", 4)));
}

TEST(BatchDecoderTest, ReadsRepeatedScalarsThatAreNotPacked) {
  std::string columns;
  for (const std::uint64_t ref : {1u, 200u, 3u}) {
    AppendVarintField(columns, 2, ref);
    AppendDoubleField(columns, 4, static_cast<double>(ref));
  }
  std::string packed_tail;
  AppendVarint(packed_tail, 400);
  AppendVarint(packed_tail, 5);
  AppendBytesField(columns, 2, packed_tail);
  std::string values;
  AppendDouble(values, 400);
  AppendDouble(values, 5);
  AppendBytesField(columns, 4, values);
  std::string bytes;
  AppendBytesField(bytes, 10, columns);

  BatchDecoder decoder;
  for (int again = 0; again < 2; ++again) {  // the second time with the memory of the first
    ASSERT_TRUE(decoder.Decode(bytes).ok());
    ASSERT_EQ(1u, decoder.batch().columns.size());
    EXPECT_THAT(Varints(decoder.batch().columns[0].refs), ElementsAre(1, 200, 3, 400, 5));
    EXPECT_THAT(Doubles(decoder.batch().columns[0].values), ElementsAre(1, 200, 3, 400, 5));
    EXPECT_EQ(5u, decoder.batch().sample_count);
  }
}

TEST(BatchDecoderTest, MapEntriesMayLackKeyOrValue) {
  std::string metric;
  AppendBytesField(metric, 2, "");
  AppendBytesField(metric, 2, Text({0x0a, 0x01, 'k'}));
  AppendBytesField(metric, 2, Text({0x12, 0x01, 'v'}));
  std::string bytes;
  AppendBytesField(bytes, 3, metric);
  BatchDecoder decoder;
  ASSERT_TRUE(decoder.Decode(bytes).ok());
  using Pair = std::pair<std::string, std::string>;
  EXPECT_THAT(Labels(decoder.batch(), decoder.batch().metrics[0].labels),
              ElementsAre(Pair("", ""), Pair("k", ""), Pair("", "v")));
}

TEST(BatchDecoderTest, TheLastValueOfASampleCounts) {
  std::string sample;
  AppendDoubleField(sample, 2, 1);
  AppendVarintField(sample, 3, 9);
  std::string bytes;
  AppendBytesField(bytes, 4, sample);
  BatchDecoder decoder;
  ASSERT_TRUE(decoder.Decode(bytes).ok());
  EXPECT_EQ(SampleForm::kCounter, decoder.batch().samples[0].form);
  EXPECT_EQ(9, decoder.batch().samples[0].value);
}

TEST(BatchDecoderTest, AnEmptyBatchIsWellFormed) {
  BatchDecoder decoder;
  ASSERT_TRUE(decoder.Decode("").ok());
  EXPECT_EQ(0u, decoder.batch().sample_count);
  EXPECT_THAT(decoder.batch().service, IsEmpty());
}

TEST(BatchDecoderTest, NothingOfTheLastBatchIsLeft) {
  telemetry::TelemetryBatch message;
  message.set_service("api");
  message.set_instance("i");
  message.set_producer("p");
  message.set_sequence(4);
  message.mutable_report()->set_sent(1);
  (*message.mutable_report()->mutable_dropped())["full"] = 1;
  (*message.mutable_labels())["a"] = "b";
  message.add_metrics()->add_samples()->mutable_histogram();
  message.add_series()->set_ref(1);
  message.add_columns();
  message.add_histograms();
  const std::string bytes = message.SerializeAsString();
  BatchDecoder decoder;
  ASSERT_TRUE(decoder.Decode(bytes).ok());
  ASSERT_TRUE(decoder.Decode("").ok());
  const BatchView& batch = decoder.batch();
  EXPECT_TRUE(batch.service.empty() && batch.instance.empty() && batch.producer.empty());
  EXPECT_EQ(0u, batch.sequence);
  EXPECT_FALSE(batch.has_report);
  EXPECT_EQ(0u, batch.report.sent);
  EXPECT_TRUE(batch.report.dropped.empty() && batch.batch_labels.empty() && batch.metrics.empty() &&
              batch.samples.empty() && batch.announcements.empty() && batch.columns.empty() &&
              batch.points.empty() && batch.histograms.empty());
  EXPECT_EQ(0u, batch.sample_count);
}

// ---- Malformed batches ----

struct Malformed {
  std::string bytes;
  std::string message;
};

std::string Nested(std::uint32_t field, std::string_view inner) {
  std::string bytes;
  AppendBytesField(bytes, field, inner);
  return bytes;
}

class MalformedBatchTest : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedBatchTest, IsAnErrorThatSaysWhereAndWhat) {
  BatchDecoder decoder;
  const absl::Status status = decoder.Decode(GetParam().bytes);
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code());
  EXPECT_EQ(GetParam().message, std::string(status.message()));
}

INSTANTIATE_TEST_SUITE_P(
    Table, MalformedBatchTest,
    testing::Values(
        Malformed{"\x0a\x7f"
                  "api",
                  "byte 0, in TelemetryBatch: length runs past the end"},
        Malformed{Nested(1, "api") + "\xff", "byte 5, in TelemetryBatch: truncated tag"},
        Malformed{Nested(3, "\x0a\x05"), "byte 2, in Metric: length runs past the end"},
        Malformed{Nested(3, Nested(1, "m") + "\x12\x02\x0a\x09"),
                  "byte 7, in labels: length runs past the end"},
        Malformed{Nested(4,
                         "\x11"
                         "1234"),
                  "byte 2, in MetricSample: truncated 64-bit value"},
        Malformed{Nested(5, "\x0a\x09"), "byte 2, in labels: length runs past the end"},
        Malformed{Nested(8, "\x12\x02\x10\xff"),
                  "byte 4, in ProducerReport.dropped: truncated or oversized varint"},
        Malformed{Nested(9, "\x08\xff"), "byte 2, in SeriesAnnouncement: truncated or oversized varint"},
        Malformed{Nested(10, "\x12\x01\xff"),
                  "byte 2, in Columns: truncated or oversized varint in a packed field"},
        Malformed{Nested(10, "\x22\x01\x01"),
                  "byte 2, in Columns: packed doubles whose length is no multiple of 8"},
        Malformed{Nested(10, "\x12\x02\x01\x02"), "byte 2, in Columns: 2 refs, but 0 values"},
        Malformed{Nested(10, std::string("\x12\x01\x01\x1a\x02\x02\x02\x22\x08\0\0\0\0\0\0\0\0", 17)),
                  "byte 2, in Columns: 1 refs, but 2 timestamp_deltas"},
        Malformed{Nested(11, Nested(3, "\x22\x03\x1a\x01\x12")),
                  "byte 8, in Buckets: truncated or oversized varint"}));

TEST(BatchDecoderTest, EveryTruncationIsHandled) {
  telemetry::TelemetryBatch message;
  message.set_service("api");
  auto* metric = message.add_metrics();
  metric->set_name("m");
  (*metric->mutable_labels())["a"] = "b";
  metric->add_samples()->mutable_histogram()->mutable_sketch()->mutable_positive()->add_counts(300);
  auto* columns = message.add_columns();
  columns->add_refs(1000);
  columns->add_values(1);
  const std::string bytes = message.SerializeAsString();
  BatchDecoder decoder;
  telemetry::TelemetryBatch parsed;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::string cut = bytes.substr(0, size);
    EXPECT_EQ(parsed.ParseFromString(cut), decoder.Decode(cut).ok()) << size;
  }
}

// ---- Packed varints ----

TEST(PackedTest, CountsAndReadsVarintsOfEveryLengthAtEveryPlace) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::uint64_t> values;
    std::string bytes;
    const auto size = random() % 40;
    for (std::size_t i = 0; i < size; ++i) {
      values.push_back(random() >> (random() % 64));
      AppendVarint(bytes, values.back());
    }
    std::size_t count = 0;
    ASSERT_TRUE(CountVarints(bytes, &count));
    ASSERT_EQ(values.size(), count);
    VarintCursor cursor(bytes);
    for (const std::uint64_t value : values) ASSERT_EQ(value, cursor.Next());
  }
}

TEST(PackedTest, RefusesOversizedAndTruncatedVarints) {
  for (std::size_t prefix = 0; prefix < 20; ++prefix) {
    for (std::size_t continued = 0; continued < 30; ++continued) {
      const std::string bytes =
          std::string(prefix, '\1') + std::string(continued, '\x80') + std::string(9, '\1');
      std::size_t count = 0;
      EXPECT_EQ(continued < kMaxVarintBytes, CountVarints(bytes, &count)) << prefix << " " << continued;
      EXPECT_EQ(continued == 0, CountVarints(bytes.substr(0, prefix + continued), &count));
    }
  }
}

}  // namespace
}  // namespace obs
