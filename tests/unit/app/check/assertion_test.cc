#include "app/check/assertion.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "buffer/window_statistics.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/distribution.h"

namespace obs {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kBeginUs = 1'700'000'000'000'000;

// Series as frames would bring them.
class Frames {
 public:
  void At(double seconds) { frame_.head.timestamp_us = kBeginUs + static_cast<std::int64_t>(seconds * 1e6); }

  void Value(MetricKind kind, const std::string& name, const std::string& instance, double value,
             LabelSet labels = {}) {
    Add({name, kind, "api", instance, std::move(labels)}).value = value;
    Send();
  }
  void Gauge(const std::string& name, const std::string& instance, double value, LabelSet labels = {}) {
    Value(MetricKind::kGauge, name, instance, value, std::move(labels));
  }
  void Counter(const std::string& name, const std::string& instance, double value, LabelSet labels = {}) {
    Value(MetricKind::kCounter, name, instance, value, std::move(labels));
  }
  void Histogram(const std::string& name, const std::string& instance, const Distribution& window,
                 LabelSet labels = {}) {
    DescribeWindow(window,
                   &Add({name, MetricKind::kHistogram, "api", instance, std::move(labels)}).histogram);
    frame_.samples.back().histogram.count = CountOf(window);
    Send();
  }
  void Gone(const std::string& name, const std::string& instance) {
    frame_.gone.push_back(
        std::make_shared<SeriesIdentity>(SeriesIdentity{name, MetricKind::kGauge, "api", instance, {}}));
    Send();
  }

  const WatchedSeries& series() const { return series_; }

 private:
  LiveSample& Add(SeriesIdentity identity) {
    LiveSample& sample = frame_.samples.emplace_back();
    sample.series = std::make_shared<const SeriesIdentity>(std::move(identity));
    sample.timestamp_us = frame_.head.timestamp_us;
    return sample;
  }
  void Send() {
    series_.Take(frame_);
    frame_.samples.clear();
    frame_.gone.clear();
  }

  DecodedFrame frame_{.head = {.timestamp_us = kBeginUs}};
  WatchedSeries series_{10'000'000};
};

Assertion Parse(std::string_view text) {
  return *Assertion::Parse(text);
}

Verdict Judge(std::string_view text, const Frames& frames) {
  return Parse(text).Judge(frames.series());
}

Sketch SketchOf(double from, double to, int count) {
  Sketch sketch;
  for (int i = 0; i < count; ++i) sketch.Insert(from + (to - from) * i / (count - 1));
  return sketch;
}

TEST(AssertionTest, HoldsForAllOrShowsThoseThatFail) {
  Frames frames;
  frames.Gauge("queue_depth", "a", 3);
  frames.Gauge("queue_depth", "b", 12);
  EXPECT_TRUE(Judge("queue_depth < 20", frames).holds);
  const Verdict verdict = Judge("queue_depth < 10", frames);
  EXPECT_FALSE(verdict.holds);
  EXPECT_EQ(verdict.text, R"(queue_depth{instance="b",service="api"} 12)");
  EXPECT_EQ(verdict.worst, 12);
}

TEST(AssertionTest, WhatIsNotThereProvesNothing) {
  Frames frames;
  const Verdict verdict = Judge("p99(response_time_ms) < 50", frames);
  EXPECT_FALSE(verdict.holds);
  EXPECT_TRUE(verdict.is_data_missing);
  EXPECT_EQ(verdict.text, "no series matches response_time_ms");
  EXPECT_FALSE(Judge("queue_depth != 5", frames).holds);
  EXPECT_FALSE(Judge("sum(queue_depth) < 5", frames).holds);
}

TEST(AssertionTest, AbsentAndCountAreOfWhatIsNotThereToo) {
  Frames frames;
  EXPECT_TRUE(Judge("absent(panics_total)", frames).holds);
  EXPECT_TRUE(Judge("count(panics_total) == 0", frames).holds);
  EXPECT_TRUE(Judge("absent(panics_total) == 1", frames).holds);
  frames.Gauge("panics_total", "a", 1);
  const Verdict verdict = Judge("absent(panics_total)", frames);
  EXPECT_FALSE(verdict.holds);
  EXPECT_EQ(verdict.text, R"(there is panics_total{instance="a",service="api"})");
  EXPECT_FALSE(Judge("count(panics_total) == 0", frames).holds);
  frames.Gone("panics_total", "a");
  EXPECT_TRUE(Judge("absent(panics_total)", frames).holds);
}

TEST(AssertionTest, AggregatesAreOfAllOrOfEachGroup) {
  Frames frames;
  frames.Gauge("depth", "a", 1, {{"queue", "x"}});
  frames.Gauge("depth", "a", 2, {{"queue", "y"}});
  frames.Gauge("depth", "b", 4, {{"queue", "y"}});
  EXPECT_TRUE(Judge("sum(depth) == 7", frames).holds);
  EXPECT_TRUE(Judge("max(depth) == 4", frames).holds);
  EXPECT_TRUE(Judge("min(depth) == 1", frames).holds);
  EXPECT_TRUE(Judge("avg by (instance) (depth) >= 1.5", frames).holds);
  EXPECT_TRUE(Judge("count(depth{queue=\"y\"}) == 2", frames).holds);
  EXPECT_EQ(Judge("sum by (queue) (depth) < 5", frames).text, R"({queue="y"} 6)");
}

TEST(AssertionTest, QuantilesAreOfTheMergedSketches) {
  Frames frames;
  frames.Histogram("latency", "fast", SketchOf(1, 10, 990));
  frames.Histogram("latency", "slow", SketchOf(1000, 2000, 11));
  // 11 of 1001 are slow: the median is of the fast ones, p99 is the slowest but ten. The mean of the two p99
  // would be about 1000.
  EXPECT_NEAR(*Judge("p50(latency) < 0", frames).worst, 5.6, 0.1);
  EXPECT_NEAR(*Judge("p99(latency) < 0", frames).worst, 1000, 10);
  EXPECT_NEAR(*Judge("p98(latency) < 0", frames).worst, 9.9, 0.2);
  EXPECT_NEAR(*Judge("p99 by (instance) (latency) < 100", frames).worst, 2000, 20);
  EXPECT_EQ(Judge("p99 by (instance) (latency) < 100", frames).text.substr(0, 18), R"({instance="slow"} )");
}

TEST(AssertionTest, QuantilesOfExplicitBucketsAreAsPrometheusHasThem) {
  const std::vector<double> bounds = {1, 2, 4, 8, 16};
  Frames frames;
  const auto a = *ExplicitHistogram::Create(bounds, {0, 0, 10, 0, 0, 0}, std::nullopt);
  const auto b = *ExplicitHistogram::Create(bounds, {0, 0, 0, 0, 10, 0}, std::nullopt);
  frames.Histogram("latency", "a", a);
  EXPECT_DOUBLE_EQ(*Judge("p50(latency) < 0", frames).worst, a.Quantile(0.5));
  frames.Histogram("latency", "b", b);
  ExplicitHistogram both = a;
  both.Merge(b);
  for (const auto& [text, q] : {std::pair("p25(latency) < 0", 0.25), std::pair("p50(latency) < 0", 0.5),
                                std::pair("p99(latency) < 0", 0.99)}) {
    EXPECT_DOUBLE_EQ(*Judge(text, frames).worst, both.Quantile(q));
  }
}

TEST(AssertionTest, HistogramsOfDifferentBucketsAreNotMerged) {
  Frames frames;
  frames.Histogram("latency", "a", *ExplicitHistogram::Create({1, 10}, {0, 5, 0}, std::nullopt));
  frames.Histogram("latency", "b", *ExplicitHistogram::Create({2, 5}, {0, 5, 0}, std::nullopt));
  EXPECT_THAT(Judge("p99(latency) < 100", frames).text, HasSubstr("different buckets"));
  EXPECT_TRUE(Judge("p99 by (instance) (latency) < 100", frames).holds);
  frames.Histogram("latency", "b", SketchOf(1, 2, 10));
  EXPECT_THAT(Judge("p99(latency) < 100", frames).text, HasSubstr("different buckets"));
}

TEST(AssertionTest, AnEmptyWindowHasNoQuantile) {
  Frames frames;
  frames.Histogram("latency", "a", Sketch());
  EXPECT_EQ(Judge("p99(latency) < 100", frames).text, "latency observed nothing of late");
}

TEST(AssertionTest, ARateIsGrowthOverTheWindow) {
  Frames frames;
  for (int second = 0; second <= 20; ++second) {
    frames.At(second);
    frames.Counter("requests_total", "a", second < 10 ? 100 * second : 1000);
  }
  frames.At(15);
  EXPECT_DOUBLE_EQ(*Judge("rate(requests_total[10s]) < 0", frames).worst, 0);  // the last 10 s of 20
  EXPECT_TRUE(Judge("rate(requests_total[5s]) == 0", frames).holds);
}

TEST(AssertionTest, ARateCountsARestartFromZero) {
  Frames frames;
  frames.Counter("requests_total", "a", 1000);
  frames.At(1);
  frames.Counter("requests_total", "a", 1100);
  frames.At(2);
  frames.Counter("requests_total", "a", 20);
  EXPECT_DOUBLE_EQ(*Judge("rate(requests_total) < 0", frames).worst, 60);
}

TEST(AssertionTest, ARateNeedsASecond) {
  Frames frames;
  frames.Counter("requests_total", "a", 1000);
  frames.At(0.5);
  frames.Counter("requests_total", "a", 1100);
  EXPECT_EQ(Judge("rate(requests_total) > 0", frames).text, "there is no value to compare");
}

TEST(AssertionTest, ARatioMatchesByLabels) {
  Frames frames;
  for (int second = 0; second <= 2; ++second) {
    frames.At(second);
    for (const char* instance : {"a", "b"}) {
      frames.Counter("requests_total", instance, 100 * second);
      frames.Counter("errors_total", instance, (*instance == 'a' ? 1 : 10) * second);
    }
  }
  const Verdict verdict = Judge("rate(errors_total) / rate(requests_total) < 0.05", frames);
  EXPECT_EQ(verdict.text, R"({instance="b",service="api"} 0.1)");
  EXPECT_TRUE(Judge("sum(rate(errors_total)) / sum(rate(requests_total)) < 0.06", frames).holds);
  EXPECT_TRUE(Judge("rate(errors_total) < rate(requests_total)", frames).holds);
  EXPECT_THAT(Judge("rate(requests_total) < rate(errors_total)", frames).text, HasSubstr("100 < 1"));
}

TEST(AssertionTest, TheWrongKindIsSaid) {
  Frames frames;
  frames.Gauge("depth", "a", 1);
  frames.Histogram("latency", "a", SketchOf(1, 2, 10));
  EXPECT_EQ(Judge("rate(depth) < 1", frames).text, "depth is a gauge; rate() takes counters and histograms");
  EXPECT_EQ(Judge("p99(depth) < 1", frames).text, "depth is a gauge; quantiles are of histograms");
  EXPECT_EQ(Judge("latency < 1", frames).text, "latency is a histogram; ask for p99() or rate() of it");
}

TEST(AssertionTest, ManyFailuresAreNotAllShown) {
  Frames frames;
  for (int i = 0; i < 9; ++i) frames.Gauge("depth", std::string(1, static_cast<char>('a' + i)), i);
  const std::string text = Judge("depth < -1", frames).text;
  EXPECT_THAT(text, HasSubstr(R"(depth{instance="i",service="api"} 8, )"));
  EXPECT_THAT(text, HasSubstr(" and 4 more"));
}

class AssertionRunTest : public testing::Test {
 protected:
  void Observe(double seconds, double depth, bool may_wait = false) {
    frames_.Gauge("depth", "a", depth);
    run_.Observe(frames_.series(), static_cast<std::int64_t>(seconds * 1e9), may_wait);
  }

  Frames frames_;
  AssertionRun run_{Parse("depth < 10"), 2 * kNanosPerSecond};
};

TEST_F(AssertionRunTest, HoldsOnceItHasHeldForSoLong) {
  Observe(1, 5);
  EXPECT_EQ(run_.state(), AssertionRun::State::kUndecided);
  Observe(2, 6);
  Observe(3, 7);
  EXPECT_EQ(run_.state(), AssertionRun::State::kHeld);
  const CheckResult result = run_.Result("");
  EXPECT_EQ(result.status, CheckStatus::kOk);
  EXPECT_EQ(result.measured, R"(depth{instance="a",service="api"} 7, held for 2s)");
}

TEST_F(AssertionRunTest, FailsAtTheFirstFailureAndShowsIt) {
  Observe(1, 5);
  Observe(2, 50);
  EXPECT_EQ(run_.state(), AssertionRun::State::kFailed);
  Observe(3, 5);
  const CheckResult result = run_.Result("");
  EXPECT_EQ(result.status, CheckStatus::kFail);
  EXPECT_EQ(result.measured, R"(depth{instance="a",service="api"} 50)");
  ASSERT_EQ(result.measures.size(), 1u);
  EXPECT_EQ(result.measures[0].value, 50);
}

TEST_F(AssertionRunTest, MayFailWhileThereIsTimeToWaitAndThenHasToHoldAllTheTime) {
  Observe(1, 5, true);
  Observe(2, 50, true);
  EXPECT_EQ(run_.state(), AssertionRun::State::kUndecided);
  Observe(3, 5);
  Observe(4, 5);
  EXPECT_EQ(run_.state(), AssertionRun::State::kUndecided);
  Observe(5, 5);
  EXPECT_EQ(run_.state(), AssertionRun::State::kHeld);
}

TEST_F(AssertionRunTest, UndecidedIsAFailureThatSaysWhy) {
  Observe(1, 5);
  const CheckResult result = run_.Result("the connection broke");
  EXPECT_EQ(result.status, CheckStatus::kFail);
  EXPECT_THAT(result.measured, HasSubstr("; the connection broke"));
}

}  // namespace
}  // namespace obs
