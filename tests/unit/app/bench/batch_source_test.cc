#include "app/bench/batch_source.h"

#include <map>
#include <set>
#include <string>

#include "app/bench/bench_series.h"
#include "base/clock.h"
#include "gtest/gtest.h"
#include "telemetry.pb.h"

namespace obs {
namespace {

constexpr std::int64_t kNow = 1'700'000'000 * kNanosPerSecond;

BatchSourceOptions Options(LoadForm form) {
  return {.form = form,
          .instance = "i-0",
          .producer = form == LoadForm::kCompact ? "p-0" : "",
          .first_series = 150,
          .series = 100,  // 50 counters and 50 gauges
          .series_per_metric = 100,
          .batch = 1000};
}

telemetry::TelemetryBatch Parse(const std::string& message) {
  telemetry::TelemetryBatch batch;
  EXPECT_TRUE(batch.ParseFromString(message));
  EXPECT_EQ(batch.service(), "obs-bench");
  EXPECT_EQ(batch.instance(), "i-0");
  return batch;
}

TEST(RoundCursorTest, EachRoundIsLaterThanTheOneBefore) {
  RoundCursor cursor(10);
  const auto first = cursor.Take(7, kNow);
  const auto second = cursor.Take(7, kNow + 5);
  const auto third = cursor.Take(7, kNow);
  EXPECT_EQ(first.size, 7u);
  EXPECT_EQ(second.begin, 7u);
  EXPECT_EQ(second.size, 3u);
  EXPECT_EQ(second.timestamp_nanos, kNow + 5);
  EXPECT_EQ(third.begin, 0u);
  EXPECT_EQ(third.round, 1u);
  EXPECT_EQ(third.timestamp_nanos, kNow + 5 + kNanosPerMicro);
}

TEST(CompactSourceTest, AnnouncesEverySeriesWithItsKindAndLabels) {
  const auto source = BatchSource::Create(Options(LoadForm::kCompact));
  std::string message;
  std::set<std::uint32_t> refs;
  std::set<std::string> names;
  while (source->NextAnnouncement(&message)) {
    const telemetry::TelemetryBatch batch = Parse(message);
    for (const auto& series : batch.series()) {
      refs.insert(series.ref());
      names.insert(series.name());
      EXPECT_EQ(series.labels_size(), 4);
      EXPECT_EQ(series.kind(),
                series.name().ends_with("_total") ? telemetry::KIND_COUNTER : telemetry::KIND_GAUGE);
    }
  }
  EXPECT_EQ(refs.size(), 100u);
  EXPECT_EQ(*refs.rbegin(), 99u);
  EXPECT_EQ(names, (std::set<std::string>{"bench_requests_0001_total", "bench_load_0002_percent"}));
}

TEST(CompactSourceTest, BatchesAreNumberedAndReportWhatWasSent) {
  const auto source = BatchSource::Create(Options(LoadForm::kCompact));
  std::string message;
  ASSERT_TRUE(source->NextAnnouncement(&message));
  EXPECT_EQ(Parse(message).sequence(), 1u);
  source->Next(kNow, 30, &message);
  source->Next(kNow, 30, &message);
  const telemetry::TelemetryBatch batch = Parse(message);
  EXPECT_EQ(batch.producer(), "p-0");
  EXPECT_EQ(batch.sequence(), 3u);
  EXPECT_EQ(batch.report().sent(), 60u);
}

TEST(CompactSourceTest, ABatchOverTheEndOfARoundHasTheTimeOfEach) {
  const auto source = BatchSource::Create(Options(LoadForm::kCompact));
  std::string message;
  source->Next(kNow, 250, &message);
  const telemetry::TelemetryBatch batch = Parse(message);
  ASSERT_EQ(batch.columns_size(), 3);
  EXPECT_EQ(batch.columns(0).refs_size(), 100);
  EXPECT_EQ(batch.columns(0).values_size(), 100);
  EXPECT_EQ(batch.columns(2).refs_size(), 50);
  EXPECT_EQ(batch.columns(2).refs(49), 49u);
  EXPECT_EQ(batch.columns(0).base_timestamp(), kNow);
  EXPECT_LT(batch.columns(0).base_timestamp(), batch.columns(1).base_timestamp());
  EXPECT_LT(batch.columns(1).base_timestamp(), batch.columns(2).base_timestamp());
}

TEST(CompactSourceTest, CountersGrowAndGaugesMove) {
  const auto source = BatchSource::Create(Options(LoadForm::kCompact));
  std::string message;
  source->Next(kNow, 200, &message);
  const telemetry::TelemetryBatch batch = Parse(message);
  for (int i = 0; i < 50; ++i) EXPECT_LT(batch.columns(0).values(i), batch.columns(1).values(i));
  for (int i = 50; i < 100; ++i) EXPECT_NE(batch.columns(0).values(i), batch.columns(1).values(i));
}

TEST(SimpleSourceTest, EverySampleBearsItsNameLabelsTimeAndValue) {
  const auto source = BatchSource::Create(Options(LoadForm::kSimple));
  std::string message;
  EXPECT_FALSE(source->NextAnnouncement(&message));
  std::map<std::string, std::uint64_t> totals;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 100; ++i) {
      source->Next(kNow, 1, &message);
      const telemetry::TelemetryBatch batch = Parse(message);
      EXPECT_TRUE(batch.producer().empty());
      ASSERT_EQ(batch.samples_size(), 1);
      const telemetry::MetricSample& sample = batch.samples(0);
      EXPECT_EQ(sample.timestamp(), kNow + round * kNanosPerMicro);
      EXPECT_EQ(sample.labels_size(), 4);
      if (i >= 50) {
        EXPECT_EQ(sample.value_case(), telemetry::MetricSample::kGauge);
        EXPECT_GE(sample.gauge(), 20);
        continue;
      }
      const std::string key = sample.labels().at("host") + sample.labels().at("core");
      EXPECT_GT(sample.counter(), totals[key]);
      totals[key] = sample.counter();
    }
  }
  EXPECT_EQ(totals.size(), 50u);
}

TEST(SimpleSourceTest, AMessageHoldsAsManySamplesAsAskedFor) {
  const auto source = BatchSource::Create(Options(LoadForm::kSimple));
  std::string message;
  source->Next(kNow, 130, &message);
  EXPECT_EQ(Parse(message).samples_size(), 130);
}

}  // namespace
}  // namespace obs
