#include "agent/recorder.h"

#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/fake_clock.h"
#include "support/recorded.h"

namespace obs {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using testing::Recorded;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

class RecorderTest : public ::testing::Test {
 protected:
  Recorded Collect() { return testing::Decode(catalog_, recorder_.Collect()); }

  SeriesCatalog catalog_{100};
  LossCounts losses_;
  FakeClock clock_;
  Recorder recorder_{catalog_, losses_, clock_};
};

// ---- What is sent ----

TEST_F(RecorderTest, CounterIsSentAsItsRunningTotal) {
  const Counter counter = recorder_.GetCounter("orders_total", {{"currency", "EUR"}});
  EXPECT_THAT(Collect().values, UnorderedElementsAre(Pair("orders_total{currency=EUR}", 0)));
  counter.Add(2);
  counter.Add(0.5);
  EXPECT_THAT(Collect().values, UnorderedElementsAre(Pair("orders_total{currency=EUR}", 2.5)));
  counter.Add();
  EXPECT_THAT(Collect().values, UnorderedElementsAre(Pair("orders_total{currency=EUR}", 3.5)));
}

TEST_F(RecorderTest, WholeAmountsAreCountedExactlyBeyondTheRangeOfDouble) {
  const Counter counter = recorder_.GetCounter("bytes_total", {});
  counter.Add(std::uint64_t{1} << 53);
  for (int i = 0; i < 1000; ++i) counter.Add(1);
  EXPECT_EQ(Collect().values.at("bytes_total"), 9007199254741992.0);
}

TEST_F(RecorderTest, GaugeIsSentWithItsNewestValueOnceItIsSet) {
  const Gauge gauge = recorder_.GetGauge("queue_depth", {});
  EXPECT_THAT(Collect().values, IsEmpty());
  gauge.Set(3);
  gauge.Set(4);
  EXPECT_THAT(Collect().values, UnorderedElementsAre(Pair("queue_depth", 4)));
  gauge.Add(-1.5);
  EXPECT_THAT(Collect().values, UnorderedElementsAre(Pair("queue_depth", 2.5)));
}

TEST_F(RecorderTest, GaugeThatWasNeverSetCountsFromZero) {
  recorder_.GetGauge("workers", {}).Add(2);
  EXPECT_THAT(Collect().values, UnorderedElementsAre(Pair("workers", 2)));
}

TEST_F(RecorderTest, SharedTotalIsAnnouncedAsSuch) {
  recorder_.GetSharedTotal("node_cpu_seconds_total", {}).Set(1234.5);
  recorder_.GetCounter("own_total", {}).Add(1);
  const Recorded recorded = Collect();
  EXPECT_EQ(recorded.values.at("node_cpu_seconds_total"), 1234.5);
  EXPECT_TRUE(recorded.series.at("node_cpu_seconds_total").shared_total());
  EXPECT_EQ(recorded.series.at("node_cpu_seconds_total").kind(), telemetry::KIND_COUNTER);
  EXPECT_FALSE(recorded.series.at("own_total").shared_total());
}

TEST_F(RecorderTest, CounterOfAProducerThatGoesOnBeginsWithZeroOnce) {
  Recorder recorder(catalog_, losses_, clock_, true);
  recorder.GetCounter("orders_total", {}).Add(7);
  EXPECT_THAT(testing::Decode(catalog_, recorder.Collect()).all,
              ElementsAre(Pair("orders_total", 0), Pair("orders_total", 7)));
  recorder.GetCounter("orders_total", {}).Add(1);
  EXPECT_THAT(testing::Decode(catalog_, recorder.Collect()).all, ElementsAre(Pair("orders_total", 8)));
}

TEST_F(RecorderTest, SamplesHaveTheTimeOfCollection) {
  recorder_.GetGauge("g", {}).Set(1);
  recorder_.GetHistogram("h", {}).Record(1);
  telemetry::TelemetryBatch batch;
  ASSERT_TRUE(batch.ParseFromString(recorder_.Collect().at(0).bytes));
  EXPECT_EQ(batch.columns(0).base_timestamp(), FakeClock::kStartNanos);
  EXPECT_THAT(batch.columns(0).timestamp_deltas(), IsEmpty());
  EXPECT_EQ(batch.histograms(0).timestamp(), FakeClock::kStartNanos);
}

TEST_F(RecorderTest, OnlyWhatChangedIsSent) {
  const Counter counter = recorder_.GetCounter("c", {});
  const Gauge gauge = recorder_.GetGauge("g", {});
  const Histogram histogram = recorder_.GetHistogram("h", {});
  gauge.Set(1);
  histogram.Record(1);
  Collect();
  EXPECT_THAT(recorder_.Collect(), IsEmpty());
  gauge.Set(1);
  counter.Add(0);
  EXPECT_THAT(recorder_.Collect(), IsEmpty());
  counter.Add(1);
  EXPECT_THAT(Collect().values, UnorderedElementsAre(Pair("c", 1)));
}

TEST_F(RecorderTest, UnchangedCountersAndGaugesAreRepeatedAfterTheHeartbeat) {
  recorder_.GetCounter("c", {}).Add(7);
  recorder_.GetGauge("g", {}).Set(8);
  recorder_.GetHistogram("h", {}).Record(9);
  Collect();
  clock_.Advance(Recorder::kHeartbeatNanos - 1);
  EXPECT_THAT(recorder_.Collect(), IsEmpty());
  clock_.Advance(1);
  const Recorded recorded = Collect();
  EXPECT_THAT(recorded.values, UnorderedElementsAre(Pair("c", 7), Pair("g", 8)));
  EXPECT_THAT(recorded.histograms, IsEmpty());
  EXPECT_THAT(recorder_.Collect(), IsEmpty());
}

TEST_F(RecorderTest, ManySeriesAreSplitIntoBatchesOfBoundedSize) {
  SeriesCatalog catalog(200'000);
  Recorder recorder(catalog, losses_, clock_);
  for (int i = 0; i < 150'000; ++i) recorder.GetGauge("g" + std::to_string(i), {}).Set(i);
  const std::vector<EncodedBatch> batches = recorder.Collect();
  EXPECT_GE(batches.size(), 2u);
  for (const EncodedBatch& batch : batches) EXPECT_LE(batch.bytes.size(), Recorder::kMaxBatchBytes + 1000);
  EXPECT_EQ(testing::Decode(catalog, batches).values.size(), 150'000u);
}

// ---- Series ----

TEST_F(RecorderTest, SameNameAndLabelsInAnyOrderAreOneSeries) {
  recorder_.GetCounter("c", {{"a", "1"}, {"b", "2"}}).Add(1);
  recorder_.GetCounter("c", {{"b", "2"}, {"a", "1"}}).Add(1);
  recorder_.GetCounter("c", std::map<std::string, std::string>{{"a", "1"}, {"b", "2"}}).Add(1);
  const std::vector<std::pair<std::string, std::string>> pairs{{"b", "2"}, {"a", "1"}};
  recorder_.GetCounter("c", pairs).Add(1);
  EXPECT_THAT(Collect().values, UnorderedElementsAre(Pair("c{a=1,b=2}", 4)));
}

TEST_F(RecorderTest, LabelsThatOnlyLookAlikeAreDifferentSeries) {
  recorder_.GetCounter("c", {{"a", "bc"}}).Add(1);
  recorder_.GetCounter("c", {{"ab", "c"}}).Add(1);
  recorder_.GetCounter("ca", {{"b", "c"}}).Add(1);
  EXPECT_THAT(Collect().values, SizeIs(3));
}

TEST_F(RecorderTest, SeriesIsFoundAgainByName) {
  for (int i = 0; i < 10; ++i) recorder_.GetCounter("c", {{"route", "/login"}}).Add(1);
  EXPECT_THAT(Collect().values, UnorderedElementsAre(Pair("c{route=/login}", 10)));
}

TEST_F(RecorderTest, LabelsTooLongForTheCacheAreFoundAgainToo) {
  const std::string value(1000, 'v');
  for (int i = 0; i < 3; ++i) recorder_.GetCounter("c", {{"a", value}, {"b", value}}).Add(1);
  const Recorded recorded = Collect();
  ASSERT_THAT(recorded.values, SizeIs(1));
  EXPECT_EQ(recorded.values.begin()->second, 3);
}

TEST_F(RecorderTest, TwoRecordersDoNotShareSeries) {
  SeriesCatalog other_catalog(100);
  Recorder other(other_catalog, losses_, clock_);
  recorder_.GetCounter("c", {}).Add(1);
  other.GetCounter("c", {}).Add(10);
  EXPECT_THAT(Collect().values, UnorderedElementsAre(Pair("c", 1)));
  EXPECT_THAT(testing::Decode(other_catalog, other.Collect()).values, UnorderedElementsAre(Pair("c", 10)));
}

TEST_F(RecorderTest, CellsOfARecorderThatIsGoneStartFromZeroAgain) {
  for (int i = 0; i < 3; ++i) {
    SeriesCatalog catalog(100);
    Recorder recorder(catalog, losses_, clock_);
    recorder.GetCounter("c", {}).Add(1);
    recorder.GetCounter("d", {}).Add(0.5);
    recorder.GetHistogram("h", {}).Record(3);
    const Recorded recorded = testing::Decode(catalog, recorder.Collect());
    EXPECT_THAT(recorded.values, UnorderedElementsAre(Pair("c", 1), Pair("d", 0.5)));
    EXPECT_EQ(recorded.histograms.at("h").count(), 1u);
  }
}

// ---- Losses ----

TEST_F(RecorderTest, ValuesThatAreNotFiniteAreDroppedAndCounted) {
  for (const double bad : {kNaN, kInfinity, -kInfinity}) {
    recorder_.GetGauge("g", {}).Set(bad);
    recorder_.GetGauge("g", {}).Add(bad);
    recorder_.GetCounter("c", {}).Add(bad);
    recorder_.GetHistogram("h", {}).Record(bad);
    recorder_.GetSharedTotal("s", {}).Set(bad);
  }
  EXPECT_EQ(losses_.Get(Loss::kNotFinite), 15u);
  const Recorded recorded = Collect();
  EXPECT_THAT(recorded.values, UnorderedElementsAre(Pair("c", 0)));
  EXPECT_THAT(recorded.histograms, IsEmpty());
}

TEST_F(RecorderTest, CountersDoNotFall) {
  const Counter counter = recorder_.GetCounter("c", {});
  counter.Add(5);
  counter.Add(-1);
  counter.Add(-0.5);
  EXPECT_EQ(losses_.Get(Loss::kNegativeIncrement), 2u);
  EXPECT_EQ(Collect().values.at("c"), 5);
}

TEST_F(RecorderTest, TotalThatOutgrowsDoubleIsCountedAsLostOnce) {
  const Counter counter = recorder_.GetCounter("c", {});
  counter.Add(1.7e308);
  counter.Add(1.7e308);
  EXPECT_THAT(Collect().values, IsEmpty());
  Collect();
  EXPECT_EQ(losses_.Get(Loss::kNotFinite), 1u);
}

TEST_F(RecorderTest, InvalidNamesAndLabelsAreCountedByReasonEachTime) {
  recorder_.GetCounter("", {}).Add(1);
  const Gauge gauge = recorder_.GetGauge(std::string(10'000, 'n'), {});
  gauge.Set(1);
  gauge.Set(2);
  recorder_.GetHistogram("h\xFF", {}).Record(1);
  recorder_.GetCounter("c", {{"__name__", "x"}}).Add(1);
  recorder_.GetCounter("c", {{"a", "1"}, {"a", "2"}}).Add(1);
  std::map<std::string, std::string> many;
  for (int i = 0; i < 200; ++i) many["l" + std::to_string(i)] = "v";
  recorder_.GetCounter("c", many).Add(1);

  EXPECT_EQ(losses_.Get(Loss::kInvalidName), 3u);
  EXPECT_EQ(losses_.Get(Loss::kInvalidUtf8), 1u);
  EXPECT_EQ(losses_.Get(Loss::kInvalidLabel), 1u);
  EXPECT_EQ(losses_.Get(Loss::kDuplicateLabel), 1u);
  EXPECT_EQ(losses_.Get(Loss::kTooManyLabels), 1u);
  EXPECT_EQ(losses_.Total(), 7u);
  EXPECT_THAT(recorder_.Collect(), IsEmpty());
}

TEST_F(RecorderTest, SeriesOverTheLimitAreCountedAndThoseThatExistGoOn) {
  for (int i = 0; i < 150; ++i) recorder_.GetCounter("c" + std::to_string(i), {}).Add(1);
  EXPECT_EQ(losses_.Get(Loss::kSeriesLimit), 50u);
  recorder_.GetCounter("c7", {}).Add(1);
  EXPECT_EQ(losses_.Get(Loss::kSeriesLimit), 50u);
  const Recorded recorded = Collect();
  EXPECT_THAT(recorded.values, SizeIs(100));
  EXPECT_EQ(recorded.values.at("c7"), 2);
  EXPECT_THAT(recorded.values, Not(Contains(Key("c100"))));
}

TEST_F(RecorderTest, HandlesThatWereMadeWithoutARecorderRecordNothing) {
  Counter().Add(1);
  Counter().Add(kNaN);
  Counter().Add(-1);
  Gauge().Set(1);
  Gauge().Add(1);
  Histogram().Record(1);
  SharedTotal().Set(1);
  EXPECT_EQ(losses_.Total(), 0u);
}

// ---- Requests ----

TEST_F(RecorderTest, RequestIsInFlightUntilItsScopeEnds) {
  {
    const RequestTracker request = recorder_.TrackRequest({{"route", "/"}});
    const RequestTracker other = recorder_.TrackRequest({{"route", "/"}});
    clock_.Advance(250 * kNanosPerMilli);
    const Recorded during = Collect();
    EXPECT_EQ(during.values.at("requests_in_flight{route=/}"), 2);
    EXPECT_EQ(during.values.at("requests_total{route=/}"), 0);
    EXPECT_THAT(during.histograms, IsEmpty());
  }
  const Recorded after = Collect();
  EXPECT_EQ(after.values.at("requests_in_flight{route=/}"), 0);
  EXPECT_EQ(after.values.at("requests_total{route=/}"), 2);
  const auto& duration = after.histograms.at("request_duration_seconds{route=/}");
  EXPECT_EQ(duration.count(), 2u);
  EXPECT_EQ(duration.sum(), 0.5);
}

TEST_F(RecorderTest, RequestThatIsMovedOrFinishedCountsOnce) {
  std::optional<RequestTracker> outer;
  {
    RequestTracker request = recorder_.TrackRequest({});
    outer.emplace(std::move(request));
  }
  EXPECT_EQ(Collect().values.at("requests_in_flight"), 1);
  outer->Finish();
  outer.reset();
  const Recorded recorded = Collect();
  EXPECT_EQ(recorded.values.at("requests_in_flight"), 0);
  EXPECT_EQ(recorded.values.at("requests_total"), 1);
}

}  // namespace
}  // namespace obs
