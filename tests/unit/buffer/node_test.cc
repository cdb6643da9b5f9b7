#include "buffer/node.h"

#include <cstdint>
#include <memory>
#include <vector>

#include "buffer/store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/fake_clock.h"

namespace obs {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

class NodeTest : public ::testing::Test {
 protected:
  SeriesPtr Resolve(MetricKind kind, std::string_view name = "metric") {
    Refusal refusal;
    return NodeWriter(*node_, clock_.NowNanos()).Resolve(name, kind, {}, nullptr, &refusal);
  }
  std::int64_t now_ns() const { return clock_.NowNanos(); }
  std::int64_t now_us() const { return clock_.NowNanos() / kNanosPerMicro; }
  NodeWriter Writer() { return NodeWriter(*node_, now_ns()); }
  std::vector<std::pair<std::int64_t, double>> History(const Series& series) {
    std::vector<std::pair<std::int64_t, double>> points;
    store_.ReadHistory(series, 0, INT64_MAX, 0, [&](const HistoryPoint& point) {
      points.emplace_back(point.timestamp_us, point.value);
    });
    return points;
  }
  SeriesState StateOf(const Series& series) {
    SeriesState state;
    store_.ReadState(series, &state);
    return state;
  }

  FakeClock clock_;
  Store store_{StoreOptions{}, clock_};
  std::shared_ptr<Node> node_ = store_.GetOrCreateNode("api", "api-1");
};

TEST_F(NodeTest, AGaugeHasTheNewestValue) {
  const SeriesPtr series = Resolve(MetricKind::kGauge);
  Writer().SetGauge(*series, now_ns(), 1.5);
  EXPECT_EQ(series->value(), 1.5);
  EXPECT_EQ(series->timestamp_us(), now_us());
  EXPECT_EQ(series->identity().service, "api");
  EXPECT_EQ(series->identity().instance, "api-1");
}

TEST_F(NodeTest, AnOlderGaugeGoesIntoHistoryOnly) {
  const SeriesPtr series = Resolve(MetricKind::kGauge);
  Writer().SetGauge(*series, now_ns() - 9 * kNanosPerSecond, 1);
  Writer().SetGauge(*series, now_ns(), 2);
  Writer().SetGauge(*series, now_ns() - 5 * kNanosPerSecond, 3);
  Writer().SetGauge(*series, now_ns() - 1, 4);
  EXPECT_EQ(series->value(), 2);
  EXPECT_THAT(History(*series),
              ElementsAre(Pair(now_us() - 9'000'000, 1), Pair(now_us() - 5'000'000, 3), Pair(now_us(), 2)));
}

TEST_F(NodeTest, AnOlderGaugeThatIsTooOldIsForgotten) {
  const SeriesPtr series = Resolve(MetricKind::kGauge);
  Writer().SetGauge(*series, now_ns(), 2);
  Writer().SetGauge(*series, now_ns() - store_.options().history_ns, 3);
  EXPECT_THAT(History(*series), ElementsAre(Pair(now_us(), 2)));
}

TEST_F(NodeTest, AFutureTimestampIsTakenAsNow) {
  const SeriesPtr series = Resolve(MetricKind::kGauge);
  Writer().SetGauge(*series, now_ns() + 3600 * kNanosPerSecond, 1);
  EXPECT_EQ(series->timestamp_us(), now_us());
  clock_.Advance(kNanosPerSecond);
  Writer().SetGauge(*series, now_ns(), 2);
  EXPECT_EQ(series->value(), 2);
}

TEST_F(NodeTest, WhenTheClockIsSetBackTheNewestValueIsStillShown) {
  const SeriesPtr gauge = Resolve(MetricKind::kGauge, "g");
  const SeriesPtr counter = Resolve(MetricKind::kCounter, "c");
  Writer().SetGauge(*gauge, now_ns(), 1);
  Writer().SetTotal(*counter, now_ns(), 10, 1);
  clock_.Set(now_ns() - 3600 * kNanosPerSecond);
  Writer().SetGauge(*gauge, now_ns(), 2);
  EXPECT_EQ(Writer().SetTotal(*counter, now_ns(), 12, 1), ApplyResult::kApplied);
  EXPECT_EQ(gauge->value(), 2);
  EXPECT_EQ(counter->value(), 12);
}

TEST_F(NodeTest, ACounterAddsUpItsProducers) {
  const SeriesPtr series = Resolve(MetricKind::kCounter);
  NodeWriter writer(*node_, now_ns());
  EXPECT_EQ(writer.SetTotal(*series, now_ns() - 3, 10, 1), ApplyResult::kApplied);
  EXPECT_EQ(writer.SetTotal(*series, now_ns() - 3, 100, 2), ApplyResult::kApplied);
  EXPECT_EQ(writer.SetTotal(*series, now_ns() - 2, 15, 1), ApplyResult::kApplied);
  EXPECT_EQ(writer.SetTotal(*series, now_ns() - 3, 14, 1), ApplyResult::kStale);
  EXPECT_EQ(writer.SetTotal(*series, now_ns() - 1, 1, 2), ApplyResult::kApplied);
  writer.Increment(*series, now_ns(), 0.5);
  EXPECT_EQ(series->value(), 116.5);
}

TEST_F(NodeTest, AStaleTotalChangesNothing) {
  const SeriesPtr series = Resolve(MetricKind::kCounter);
  Writer().SetTotal(*series, now_ns(), 10, 1);
  const std::uint64_t version = StateOf(*series).version;
  Writer().SetTotal(*series, now_ns() - 1, 9, 1);
  EXPECT_EQ(StateOf(*series).version, version);
  EXPECT_EQ(series->value(), 10);
}

TEST_F(NodeTest, LateGrowthCountsAtTheTimeOfTheNewest) {
  const SeriesPtr series = Resolve(MetricKind::kCounter);
  Writer().Increment(*series, now_ns(), 1);
  Writer().Increment(*series, now_ns() - kNanosPerSecond, 1);
  EXPECT_THAT(History(*series), ElementsAre(Pair(now_us(), 2)));
}

TEST_F(NodeTest, HistoryHoldsOnePointForEachSlotAndTheNewest) {
  const SeriesPtr series = Resolve(MetricKind::kGauge);
  std::vector<std::pair<std::int64_t, double>> expected;
  for (int i = 0; i < 50; ++i) {
    Writer().SetGauge(*series, now_ns() - 1000, -1);
    Writer().SetGauge(*series, now_ns(), i);
    expected.emplace_back(now_us(), i);
    clock_.Advance(kNanosPerSecond);
  }
  EXPECT_EQ(History(*series), expected);
}

TEST_F(NodeTest, EverySampleGoesToTheRingOfItsMetric) {
  const SeriesPtr gauge = Resolve(MetricKind::kGauge);
  const SeriesPtr counter = Resolve(MetricKind::kCounter);
  const SeriesPtr other = Resolve(MetricKind::kHistogram, "other");
  RingReader reader(gauge->family().ring());
  RingReader other_reader(other->family().ring());
  {
    NodeWriter writer(*node_, now_ns());
    writer.SetGauge(*gauge, now_ns(), 1);
    writer.SetTotal(*counter, now_ns(), 5, 1);
    writer.Observe(*other, now_ns(), 7);
    writer.SetGauge(*gauge, now_ns(), 2);
    Sketch sketch;
    sketch.Insert(3, 9);
    writer.MergeDistribution(*other, now_ns(), sketch);
  }
  EXPECT_THAT(reader.ReadBatch(10).samples,
              ElementsAre(RingSample{gauge->id(), now_ns(), 1}, RingSample{counter->id(), now_ns(), 5},
                          RingSample{gauge->id(), now_ns(), 2}));
  EXPECT_THAT(other_reader.ReadBatch(10).samples,
              ElementsAre(RingSample{other->id(), now_ns(), 7}, RingSample{other->id(), now_ns(), 9}));
}

TEST_F(NodeTest, AHistogramHasTotalsAndAWindowThatMovesWithTheClock) {
  const SeriesPtr series = Resolve(MetricKind::kHistogram);
  NodeWriter(*node_, now_ns()).Observe(*series, now_ns(), 100);
  clock_.Advance(5 * kNanosPerSecond);
  NodeWriter(*node_, now_ns()).Observe(*series, now_ns(), 1);
  EXPECT_EQ(StateOf(*series).histogram.window_count, 2u);
  clock_.Advance(5 * kNanosPerSecond);
  EXPECT_EQ(StateOf(*series).histogram.window_count, 1u);
  EXPECT_EQ(StateOf(*series).histogram.max, 1);
  EXPECT_EQ(StateOf(*series).histogram.count, 2u);
  EXPECT_EQ(StateOf(*series).histogram.sum, 101);
}

TEST_F(NodeTest, TheWindowOfAClientWhoseClockIsBehindIsJustAsLong) {
  const SeriesPtr series = Resolve(MetricKind::kHistogram);
  constexpr std::int64_t kBehind = 3600 * kNanosPerSecond;
  NodeWriter(*node_, now_ns()).Observe(*series, now_ns() - kBehind, 1);
  EXPECT_EQ(StateOf(*series).histogram.window_count, 1u);
  clock_.Advance(9 * kNanosPerSecond);
  EXPECT_EQ(StateOf(*series).histogram.window_count, 1u);
  clock_.Advance(kNanosPerSecond);
  EXPECT_EQ(StateOf(*series).histogram.window_count, 0u);
}

TEST_F(NodeTest, TheDistributionSinceTheBeginningCanBeRead) {
  const SeriesPtr series = Resolve(MetricKind::kHistogram);
  NodeWriter(*node_, now_ns()).Observe(*series, now_ns(), 2);
  clock_.Advance(100 * kNanosPerSecond);
  NodeWriter(*node_, now_ns()).Observe(*series, now_ns(), 4);
  Distribution distribution;
  store_.ReadDistribution(*series, &distribution);
  EXPECT_EQ(CountOf(distribution), 2u);
  EXPECT_EQ(SumOf(distribution), 6);
}

}  // namespace
}  // namespace obs
