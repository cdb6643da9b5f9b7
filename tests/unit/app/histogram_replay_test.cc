#include "app/histogram_replay.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <random>

#include "buffer/window_statistics.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

// A histogram as an aggregator has it: totals, and a window whose slots leave from its old end.
class Source {
 public:
  explicit Source(Distribution empty) : empty_(std::move(empty)), total_(empty_), slots_{empty_} {}

  void Observe(const Distribution& distribution) {
    MergeInto(total_, distribution);
    MergeInto(slots_.back(), distribution);
  }
  void BeginSlot(std::size_t keep) {
    slots_.push_back(empty_);
    while (slots_.size() > keep) slots_.pop_front();
  }
  const Distribution& total() const { return total_; }
  HistogramState State() const {
    Distribution window = empty_;
    for (const Distribution& slot : slots_) MergeInto(window, slot);
    HistogramState state;
    state.count = CountOf(total_);
    state.sum = SumOf(total_);
    DescribeWindow(window, &state);
    return state;
  }

 private:
  const Distribution empty_;
  Distribution total_;
  std::deque<Distribution> slots_;
};

Distribution SketchOf(std::initializer_list<double> values) {
  Sketch sketch;
  for (const double value : values) sketch.Insert(value);
  return sketch;
}

Distribution ExplicitOf(std::vector<double> bounds, std::vector<std::uint64_t> counts, double sum) {
  return *ExplicitHistogram::Create(std::move(bounds), std::move(counts), sum);
}

TEST(HistogramReplayTest, FirstStateGivesTheWindowAndPutsTheRestAtItsMeanBefore) {
  Source source{Sketch()};
  source.Observe(SketchOf({10, 20, 30}));
  source.BeginSlot(1);
  source.Observe(SketchOf({2, 4}));
  HistogramReplay replay({});
  const HistogramReplay::News news = replay.Update(source.State());
  ASSERT_TRUE(news.before && news.now);
  EXPECT_EQ(CountOf(*news.before), 3u);
  EXPECT_EQ(CountOf(*news.now), 2u);
  EXPECT_DOUBLE_EQ(SumOf(*news.before) + SumOf(*news.now), 66);
  EXPECT_NEAR(QuantileOf(*news.before, 0.5), 66.0 / 5, 0.1);
  EXPECT_EQ(MinOf(*news.now), 2);
  EXPECT_EQ(MaxOf(*news.now), 4);
}

TEST(HistogramReplayTest, StateThatDidNotChangeGivesNothing) {
  Source source{Sketch()};
  source.Observe(SketchOf({1}));
  HistogramReplay replay({});
  replay.Update(source.State());
  const HistogramReplay::News news = replay.Update(source.State());
  EXPECT_FALSE(news.before || news.now);
}

// While slots leave, each window is made again bucket by bucket, and so is the sum of all that was observed.
TEST(HistogramReplayTest, WindowsAndTotalsAreMadeAgainExactly) {
  for (const bool is_explicit : {false, true}) {
    for (unsigned seed = 0; seed < 50; ++seed) {
      std::mt19937 random(seed);
      const std::vector<double> bounds{1, 3, 10, 30, 100};
      const auto draw = [&] {
        Sketch sketch;
        std::vector<std::uint64_t> counts(bounds.size() + 1);
        double sum = 0;
        for (unsigned n = 1 + random() % 20; n > 0; --n) {
          const double value =
              std::ldexp(1.0 + static_cast<double>(random() % 1000) / 1000.0, static_cast<int>(random() % 8));
          sketch.Insert(value);
          ++counts[static_cast<std::size_t>(std::ranges::lower_bound(bounds, value) - bounds.begin())];
          sum += value;
        }
        return is_explicit ? ExplicitOf(bounds, counts, sum) : Distribution(sketch);
      };
      const Distribution empty =
          is_explicit ? ExplicitOf(bounds, std::vector<std::uint64_t>(6), 0) : Distribution(Sketch());
      Source source(empty);
      Source copy(empty);
      HistogramReplay replay(is_explicit ? bounds : std::vector<double>{});
      for (int step = 0; step < 60; ++step) {
        if (random() % 2 == 0) source.Observe(draw());
        const HistogramReplay::News news = replay.Update(source.State());
        ASSERT_FALSE(news.before) << "nothing left the window before it was seen";
        if (news.now) copy.Observe(*news.now);
        const HistogramState seen = source.State();
        const HistogramState again = copy.State();
        ASSERT_EQ(again.count, seen.count) << "seed " << seed << " step " << step;
        ASSERT_NEAR(again.sum, seen.sum, 1e-9 * seen.sum);
        ASSERT_EQ(again.buckets, seen.buckets) << "seed " << seed << " step " << step;
        if (!is_explicit) {
          ASSERT_NEAR(again.p99, seen.p99, 0.01 * seen.p99);  // extremes are known of the whole window only
        } else {
          ASSERT_EQ(std::get<ExplicitHistogram>(copy.total()).counts(),
                    std::get<ExplicitHistogram>(source.total()).counts());
        }
        // Both lose the same slots at the same time, as long as each slot was seen before it ended.
        if (random() % 3 == 0) source.BeginSlot(4), copy.BeginSlot(4);
      }
    }
  }
}

TEST(HistogramReplayTest, WhatCameAndWentUnseenIsPutAtItsMean) {
  Source source{Sketch()};
  source.Observe(SketchOf({1}));
  HistogramReplay replay({});
  replay.Update(source.State());
  source.Observe(SketchOf({100, 300}));
  source.BeginSlot(1);
  const HistogramReplay::News news = replay.Update(source.State());
  ASSERT_TRUE(news.now);
  EXPECT_EQ(CountOf(*news.now), 2u);
  EXPECT_DOUBLE_EQ(SumOf(*news.now), 400);
}

TEST(HistogramReplayTest, CountThatFallsBeginsAnew) {
  Source old{Sketch()};
  old.Observe(SketchOf({1, 2, 3}));
  HistogramReplay replay({});
  replay.Update(old.State());
  Source restarted{Sketch()};
  restarted.Observe(SketchOf({7}));
  const HistogramReplay::News news = replay.Update(restarted.State());
  ASSERT_TRUE(news.now);
  EXPECT_EQ(CountOf(*news.now), 1u);
  EXPECT_EQ(SumOf(*news.now), 7);
}

TEST(HistogramReplayTest, BucketsOfTheOtherKindBeginAnew) {
  Source sketch{Sketch()};
  sketch.Observe(SketchOf({1}));
  HistogramReplay replay({5});
  ASSERT_TRUE(std::holds_alternative<Sketch>(*replay.Update(sketch.State()).now));
  Source buckets{ExplicitOf({5}, {0, 0}, 0)};
  buckets.Observe(ExplicitOf({5}, {2, 1}, 20));
  const HistogramReplay::News news = replay.Update(buckets.State());
  ASSERT_TRUE(news.now);
  EXPECT_EQ(std::get<ExplicitHistogram>(*news.now).counts(), (std::vector<std::uint64_t>{2, 1}));
}

TEST(HistogramReplayTest, WindowAtALowerScaleIsComparedAtThatScale) {
  Source source{Sketch()};
  source.Observe(SketchOf({1, 2, 4}));
  HistogramReplay replay({});
  replay.Update(source.State());
  source.Observe(SketchOf({1e-300, 1e300}));  // too wide for the default scale
  ASSERT_LT(source.State().scale, Sketch::kDefaultScale);
  const HistogramReplay::News news = replay.Update(source.State());
  ASSERT_TRUE(news.now);
  EXPECT_EQ(CountOf(*news.now), 2u);
}

TEST(HistogramReplayTest, StatesThatMakeNoSenseGiveNothing) {
  HistogramReplay replay({});
  HistogramState state;
  state.count = 3;
  state.sum = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(replay.Update(state).now);
  state.sum = 1;
  state.scale = 6;
  state.buckets = {{std::numeric_limits<double>::quiet_NaN(), 1}};
  EXPECT_FALSE(replay.Update(state).now);
  state.buckets = {{1, ~std::uint64_t{0}}, {2, 1}};
  EXPECT_FALSE(replay.Update(state).now);
}

}  // namespace
}  // namespace obs
