#include "buffer/store.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/fake_clock.h"

namespace obs {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

class StoreTest : public ::testing::Test {
 protected:
  Store& MakeStore(StoreOptions options = {}) {
    store_ = std::make_unique<Store>(options, clock_);
    return *store_;
  }

  SeriesPtr Resolve(std::string_view name, MetricKind kind = MetricKind::kGauge,
                    const LabelSet& labels = {}) {
    Refusal refusal;
    return NodeWriter(*node(), clock_.NowNanos()).Resolve(name, kind, labels, quota_, &refusal);
  }
  SeriesPtr SetGauge(std::string_view name, double value) {
    SeriesPtr series = Resolve(name);
    if (series != nullptr) NodeWriter(*node(), clock_.NowNanos()).SetGauge(*series, clock_.NowNanos(), value);
    return series;
  }
  std::shared_ptr<Node> node() { return store_->GetOrCreateNode("api", "api-1"); }

  // Names and values of what the feed reports.
  std::vector<std::pair<std::string, double>> Drain() {
    std::vector<std::pair<std::string, double>> changes;
    store_->DrainChanges([&](const SeriesPtr& series, const SeriesState& state) {
      changes.emplace_back(series->identity().name, state.value);
    });
    return changes;
  }

  FakeClock clock_;
  std::unique_ptr<Store> store_;
  std::shared_ptr<SeriesQuota> quota_;
};

TEST_F(StoreTest, OneNodeForEachServiceAndInstance) {
  Store& store = MakeStore();
  EXPECT_EQ(store.GetOrCreateNode("api", "1"), store.GetOrCreateNode("api", "1"));
  EXPECT_NE(store.GetOrCreateNode("api", "1"), store.GetOrCreateNode("api", "2"));
  EXPECT_NE(store.GetOrCreateNode("api", "1"), store.GetOrCreateNode("ap", "i1"));
}

TEST_F(StoreTest, SeriesDifferByNameKindAndLabels) {
  MakeStore();
  const SeriesPtr series = Resolve("x", MetricKind::kGauge, {{"a", "1"}});
  EXPECT_EQ(Resolve("x", MetricKind::kGauge, {{"a", "1"}}), series);
  EXPECT_NE(Resolve("y", MetricKind::kGauge, {{"a", "1"}}), series);
  EXPECT_NE(Resolve("x", MetricKind::kCounter, {{"a", "1"}}), series);
  EXPECT_NE(Resolve("x", MetricKind::kGauge, {{"a", "2"}}), series);
}

TEST_F(StoreTest, SeriesComesIntoViewWithItsFirstSample) {
  Store& store = MakeStore();
  Resolve("x");
  EXPECT_THAT(store.TakeCreated(), IsEmpty());
  const SeriesPtr series = SetGauge("x", 1);
  EXPECT_THAT(store.TakeCreated(), ElementsAre(series));
  EXPECT_THAT(store.TakeCreated(), IsEmpty());
  EXPECT_THAT(store.Families(), SizeIs(1));
  EXPECT_THAT(store.Families()[0]->Series(), ElementsAre(series));
}

TEST_F(StoreTest, FeedReportsWatchedSeriesOnceWithTheNewestState) {
  Store& store = MakeStore();
  store.SetWatched(SetGauge("watched", 1), true);
  SetGauge("unwatched", 1);
  EXPECT_THAT(Drain(), IsEmpty());
  SetGauge("watched", 2);
  SetGauge("watched", 3);
  SetGauge("unwatched", 2);
  EXPECT_THAT(Drain(), ElementsAre(Pair("watched", 3)));
  EXPECT_THAT(Drain(), IsEmpty());
}

TEST_F(StoreTest, SeriesExpiresAfterItsTtlAndANewSampleBringsItBack) {
  Store& store = MakeStore();
  const SeriesPtr series = SetGauge("x", 1);
  store.TakeCreated();
  clock_.Advance(store.options().series_ttl_ns - 1);
  store.Sweep();
  EXPECT_FALSE(series->expired());
  clock_.Advance(1);
  store.Sweep();
  EXPECT_TRUE(series->expired());
  EXPECT_THAT(store.TakeExpired(), ElementsAre(series));
  EXPECT_THAT(store.Families()[0]->Series(), IsEmpty());

  EXPECT_EQ(SetGauge("x", 2), series);
  EXPECT_FALSE(series->expired());
  EXPECT_THAT(store.TakeCreated(), ElementsAre(series));
  EXPECT_THAT(store.Families()[0]->Series(), ElementsAre(series));
}

TEST_F(StoreTest, SampleKeepsASeriesAlive) {
  Store& store = MakeStore();
  const SeriesPtr series = SetGauge("x", 1);
  for (int i = 0; i < 10; ++i) {
    clock_.Advance(store.options().series_ttl_ns / 2);
    SetGauge("x", i);
    store.Sweep();
    ASSERT_FALSE(series->expired());
  }
  clock_.Advance(store.options().series_ttl_ns);
  store.Sweep();
  EXPECT_TRUE(series->expired());
}

TEST_F(StoreTest, AJumpOfTheUnixTimeExpiresNothing) {
  Store& store = MakeStore();
  const SeriesPtr series = SetGauge("x", 1);
  clock_.Set(clock_.NowNanos() + 10 * store.options().series_ttl_ns);
  store.Sweep();
  EXPECT_FALSE(series->expired());
}

TEST_F(StoreTest, ExpiredSeriesIsForgottenWhenItsHistoryRanOut) {
  Store& store = MakeStore();
  quota_ = std::make_shared<SeriesQuota>();
  const std::uint64_t memory_before = store.Stats().memory_bytes;
  std::weak_ptr<Series> watcher;
  {
    const SeriesPtr series = SetGauge("x", 1);
    watcher = series;
    clock_.Advance(store.options().series_ttl_ns);
    store.Sweep();
    clock_.Advance(store.options().history_ns - store.options().series_ttl_ns - 1);
    store.Sweep();
    EXPECT_FALSE(series->retired());
    EXPECT_EQ(store.Stats().expired_series, 1u);
    clock_.Advance(1);
    store.Sweep();
    EXPECT_TRUE(series->retired());
    EXPECT_NE(SetGauge("x", 2), series) << "whoever resolves it again gets a new one";
    EXPECT_EQ(quota_->series, 1u);
  }
  store.TakeCreated();
  clock_.Advance(store.options().history_ns);
  store.Sweep();
  store.TakeExpired();
  store.Sweep();
  EXPECT_TRUE(watcher.expired());
  EXPECT_EQ(quota_->series, 0u);
  EXPECT_THAT(store.Families(), IsEmpty());
  EXPECT_EQ(store.Stats().nodes, 0u);
  EXPECT_EQ(store.Stats().memory_bytes, memory_before);
}

TEST_F(StoreTest, ANodeThatSomebodyHoldsStaysTheOne) {
  Store& store = MakeStore();
  const auto held = node();
  store.Sweep();
  EXPECT_EQ(node(), held);
}

TEST_F(StoreTest, ASeriesWithoutASampleIsForgottenToo) {
  Store& store = MakeStore();
  Resolve("announced");
  EXPECT_EQ(store.Stats().expired_series, 1u);
  EXPECT_EQ(store.Stats().series, 0u);
  clock_.Advance(store.options().history_ns);
  store.Sweep();
  EXPECT_EQ(store.Stats().expired_series, 0u);
}

TEST_F(StoreTest, ASeriesRevivedLateExpiresOnTime) {
  Store& store = MakeStore();
  const SeriesPtr series = SetGauge("x", 1);
  clock_.Advance(store.options().series_ttl_ns);
  store.Sweep();
  SetGauge("x", 2);
  clock_.Advance(store.options().series_ttl_ns);
  store.Sweep();
  EXPECT_TRUE(series->expired());
  EXPECT_FALSE(series->retired());
}

TEST_F(StoreTest, TotalLimitRefusesNewSeriesAndLetsOthersGoOn) {
  Store& store = MakeStore({.max_series = 2});
  SetGauge("a", 1);
  SetGauge("b", 1);
  Refusal refusal;
  EXPECT_EQ(NodeWriter(*node(), 0).Resolve("c", MetricKind::kGauge, {}, nullptr, &refusal), nullptr);
  EXPECT_EQ(refusal, Refusal::kTotalSeriesLimit);
  EXPECT_NE(SetGauge("a", 2), nullptr);
  const StoreStats stats = store.Stats();
  ASSERT_THAT(stats.refused, SizeIs(1));
  EXPECT_EQ(stats.refused[0].metric, "c");
  EXPECT_EQ(stats.refused[0].count, 1u);
}

TEST_F(StoreTest, KeyLimitNamesTheMetricAndTheKey) {
  Store& store = MakeStore();
  quota_ = std::make_shared<SeriesQuota>();
  quota_->owner = "ci";
  quota_->max_series = 1;
  SetGauge("a", 1);
  EXPECT_EQ(SetGauge("b", 1), nullptr);
  EXPECT_EQ(quota_->series, 1u);
  quota_ = nullptr;
  EXPECT_NE(SetGauge("b", 1), nullptr);
  const StoreStats stats = store.Stats();
  ASSERT_THAT(stats.refused, SizeIs(1));
  EXPECT_EQ(stats.refused[0].metric, "b");
  EXPECT_EQ(stats.refused[0].owner, "ci");
  EXPECT_EQ(stats.refused[0].reason, Refusal::kKeySeriesLimit);
}

TEST_F(StoreTest, MemoryStaysUnderItsLimitWhileAllSeriesGoOn) {
  constexpr std::uint64_t kLimit = 300'000;
  Store& store = MakeStore({.memory_limit_bytes = kLimit});
  std::vector<SeriesPtr> all;
  for (int i = 0; i < 50; ++i) all.push_back(SetGauge(fmt::format("m{}", i), 0));
  for (int second = 0; second < 1000; ++second) {
    clock_.Advance(kNanosPerSecond);
    for (int i = 0; i < 50; ++i) SetGauge(fmt::format("m{}", i), second / 7.0);
  }
  EXPECT_LE(store.Stats().memory_bytes, kLimit);
  Refusal refusal;
  EXPECT_EQ(NodeWriter(*node(), 0).Resolve("more", MetricKind::kGauge, {}, nullptr, &refusal), nullptr);
  EXPECT_EQ(refusal, Refusal::kMemoryLimit);
  int points = 0;
  store.ReadHistory(*all[0], 0, INT64_MAX, 0, [&](const HistoryPoint&) { ++points; });
  EXPECT_GT(points, 300) << "history is shorter, not gone";
  EXPECT_EQ(all[0]->value(), 999 / 7.0);
}

TEST_F(StoreTest, StructureVersionMovesWithTheSetOfSeries) {
  Store& store = MakeStore();
  const std::uint64_t empty = store.structure_version();
  SetGauge("x", 1);
  const std::uint64_t created = store.structure_version();
  EXPECT_GT(created, empty);
  SetGauge("x", 2);
  EXPECT_EQ(store.structure_version(), created);
  clock_.Advance(store.options().series_ttl_ns);
  store.Sweep();
  EXPECT_GT(store.structure_version(), created);
}

TEST_F(StoreTest, FamiliesComeInOrderOfNameAndTheirSeriesInOrderOfCreation) {
  Store& store = MakeStore();
  const SeriesPtr b = SetGauge("b", 1);
  SetGauge("a", 1);
  const auto other = store.GetOrCreateNode("api", "api-0");
  SeriesPtr counter;
  {
    NodeWriter writer(*other, clock_.NowNanos());
    Refusal refusal;
    counter = writer.Resolve("b", MetricKind::kCounter, {}, nullptr, &refusal);
    writer.SetTotal(*counter, clock_.NowNanos(), 1, 1);
  }
  const auto families = store.Families();
  ASSERT_THAT(families, SizeIs(2));
  EXPECT_EQ(families[0]->name(), "a");
  EXPECT_EQ(families[1]->name(), "b");
  EXPECT_THAT(families[1]->Series(), ElementsAre(b, counter));
}

TEST_F(StoreTest, ForEachSeriesShowsExpiredOnesOnlyIfAsked) {
  Store& store = MakeStore();
  SetGauge("old", 1);
  clock_.Advance(store.options().series_ttl_ns);
  store.Sweep();
  SetGauge("new", 1);
  int alive = 0;
  int all = 0;
  store.ForEachSeries(false, [&](const SeriesPtr&) { ++alive; });
  store.ForEachSeries(true, [&](const SeriesPtr& series) {
    SeriesState state;
    store.ReadState(*series, &state);
    ++all;
  });
  EXPECT_EQ(alive, 1);
  EXPECT_EQ(all, 2);
}

TEST_F(StoreTest, HistoryIsReadAfterSinceAndUpToUntil) {
  Store& store = MakeStore();
  const SeriesPtr series = SetGauge("x", 0);
  const std::int64_t start_us = clock_.NowNanos() / kNanosPerMicro;
  for (int i = 1; i < 10; ++i) {
    clock_.Advance(kNanosPerSecond);
    SetGauge("x", i);
  }
  const auto read = [&](std::int64_t since_s, std::int64_t until_s, std::int64_t step_us) {
    std::vector<double> values;
    store.ReadHistory(*series, start_us + since_s * kMicrosPerSecond, start_us + until_s * kMicrosPerSecond,
                      step_us, [&](const HistoryPoint& point) { values.push_back(point.value); });
    return values;
  };
  EXPECT_THAT(read(2, 4, 0), ElementsAre(3, 4));
  EXPECT_THAT(read(-1, 100, 0), SizeIs(10));
  EXPECT_THAT(read(-1, 100, 100 * kMicrosPerSecond).back(), 9);
  EXPECT_THAT(read(9, 100, 0), IsEmpty());
}

TEST_F(StoreTest, SeriesThatCameAndWentUnheardOfIsNotReported) {
  Store& store = MakeStore();
  SetGauge("x", 1);
  clock_.Advance(store.options().series_ttl_ns);
  store.Sweep();
  EXPECT_THAT(store.TakeCreated(), IsEmpty());
  EXPECT_THAT(store.TakeExpired(), IsEmpty());
}

TEST_F(StoreTest, UnwatchedSeriesIsNoLongerReported) {
  Store& store = MakeStore();
  const SeriesPtr series = SetGauge("x", 1);
  store.SetWatched(series, true);
  SetGauge("x", 2);
  store.SetWatched(series, false);
  EXPECT_THAT(Drain(), IsEmpty());
  SetGauge("x", 3);
  EXPECT_THAT(Drain(), IsEmpty());
  store.SetWatched(series, true);
  SetGauge("x", 4);
  EXPECT_THAT(Drain(), ElementsAre(Pair("x", 4)));
}

TEST_F(StoreTest, ManySeriesOfOneNodeAreAllReported) {
  Store& store = MakeStore();
  for (int i = 0; i < 1000; ++i) store.SetWatched(SetGauge(fmt::format("m{}", i), 0), true);
  for (int i = 0; i < 1000; ++i) SetGauge(fmt::format("m{}", i), i);
  const auto changes = Drain();
  ASSERT_THAT(changes, SizeIs(1000));
  for (const auto& [name, value] : changes) EXPECT_EQ(name, fmt::format("m{}", value));
}

class StoreWindowTest : public StoreTest {
 protected:
  void Observe(double value) {
    NodeWriter(*node(), clock_.NowNanos()).Observe(*series_, clock_.NowNanos(), value);
  }
  std::vector<std::uint64_t> DrainWindowCounts() {
    std::vector<std::uint64_t> counts;
    store_->DrainChanges(
        [&](const SeriesPtr&, const SeriesState& state) { counts.push_back(state.histogram.window_count); });
    return counts;
  }

  Store& store = MakeStore();
  SeriesPtr series_ = Resolve("h", MetricKind::kHistogram);
};

TEST_F(StoreWindowTest, ObservationsThatLeaveAreReportedDownToTheEmptyWindow) {
  store.SetWatched(series_, true);
  Observe(1);
  clock_.Advance(kNanosPerSecond);
  Observe(2);
  EXPECT_THAT(DrainWindowCounts(), ElementsAre(2));
  clock_.Advance(8 * kNanosPerSecond);
  EXPECT_THAT(DrainWindowCounts(), IsEmpty());
  clock_.Advance(kNanosPerSecond);
  EXPECT_THAT(DrainWindowCounts(), ElementsAre(1));
  clock_.Advance(kNanosPerSecond);
  EXPECT_THAT(DrainWindowCounts(), ElementsAre(0));
  clock_.Advance(kNanosPerSecond);
  EXPECT_THAT(DrainWindowCounts(), IsEmpty());
}

TEST_F(StoreWindowTest, ObservationsThatLeaveAreReportedAtMostTenTimesASecond) {
  store.SetWatched(series_, true);
  for (int i = 0; i < 10; ++i) {
    Observe(i);
    clock_.Advance(100 * kNanosPerMilli);
  }
  clock_.Advance(9 * kNanosPerSecond);
  DrainWindowCounts();
  std::size_t reports = 0;
  for (int tick = 0; tick < 60; ++tick) {
    clock_.Advance(kNanosPerSecond / 60);
    reports += DrainWindowCounts().size();
  }
  EXPECT_LE(reports, 10u);
  EXPECT_GE(reports, 8u);
}

TEST_F(StoreWindowTest, ReadingTheStateMeanwhileHidesNoReport) {
  store.SetWatched(series_, true);
  Observe(1);
  DrainWindowCounts();
  clock_.Advance(10 * kNanosPerSecond);
  SeriesState state;
  store.ReadState(*series_, &state);
  EXPECT_EQ(state.histogram.window_count, 0u);
  EXPECT_THAT(DrainWindowCounts(), ElementsAre(0));
}

TEST_F(StoreWindowTest, AWindowThatWasNotEmptyWhenWatchedIsFollowed) {
  Observe(1);
  store.SetWatched(series_, true);
  EXPECT_THAT(DrainWindowCounts(), IsEmpty());
  clock_.Advance(10 * kNanosPerSecond);
  EXPECT_THAT(DrainWindowCounts(), ElementsAre(0));
}

TEST_F(StoreWindowTest, VersionGrowsWithEachReport) {
  store.SetWatched(series_, true);
  std::uint64_t version = 0;
  const auto check = [&](const SeriesPtr&, const SeriesState& state) {
    EXPECT_GT(state.version, version);
    version = state.version;
  };
  Observe(1);
  store.DrainChanges(check);
  clock_.Advance(10 * kNanosPerSecond);
  store.DrainChanges(check);
  EXPECT_EQ(version, 2u);
}

}  // namespace
}  // namespace obs
