#include "buffer/store.h"

#include <string>
#include <utility>
#include <vector>

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

}  // namespace
}  // namespace obs
