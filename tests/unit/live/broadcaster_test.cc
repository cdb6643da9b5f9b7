#include "live/broadcaster.h"

#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "live/frame_decoder.h"
#include "nlohmann/json.hpp"
#include "unit/live/broadcaster_fixture.h"

namespace obs {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(BroadcasterTest, FirstFrameIsASnapshotOfAllMatchingSeries) {
  Gauge("cpu", 1);
  Gauge("mem", 2);
  Gauge("disk", 3);
  FakeSink sink;
  broadcaster_.Subscribe(sink, *SubscriptionFromQuery({{"match", "cpu"}, {"match", "mem"}}));
  Tick();
  ASSERT_EQ(sink.frames.size(), 1u);
  EXPECT_EQ(Last(sink)["seq"], 1);
  EXPECT_EQ(Last(sink)["skipped"], 0);
  EXPECT_EQ(Values(Last(sink)), (Expected{{"cpu", 1}, {"mem", 2}}));
}

TEST_F(BroadcasterTest, SnapshotOfNothingIsSentToo) {
  FakeSink sink;
  broadcaster_.Subscribe(sink, Wanting("nothing"));
  Tick();
  ASSERT_EQ(sink.frames.size(), 1u);
  EXPECT_THAT(Last(sink)["samples"], IsEmpty());
}

TEST_F(BroadcasterTest, LaterFramesHoldOnlyWhatChanged) {
  Gauge("cpu", 1);
  Gauge("mem", 2);
  FakeSink sink;
  broadcaster_.Subscribe(sink, Wanting("*"));
  Tick();
  Gauge("mem", 5);
  Tick();
  ASSERT_EQ(sink.frames.size(), 2u);
  EXPECT_EQ(Last(sink)["seq"], 2);
  EXPECT_EQ(Values(Last(sink)), (Expected{{"mem", 5}}));
}

TEST_F(BroadcasterTest, NoChangeNoFrameButOneASecond) {
  Gauge("cpu", 1);
  FakeSink sink;
  broadcaster_.Subscribe(sink, Wanting("*"));
  Tick(60);
  ASSERT_EQ(sink.frames.size(), 2u);
  EXPECT_THAT(Last(sink)["samples"], IsEmpty());
  Tick(600);
  EXPECT_GE(sink.frames.size(), 12u);
  EXPECT_LE(sink.frames.size(), 13u);
}

TEST_F(BroadcasterTest, SeriesCreatedLaterJoinsIfItMatches) {
  FakeSink sink;
  broadcaster_.Subscribe(sink, Wanting("cpu*"));
  Tick();
  Gauge("cpu_user", 7);
  Gauge("mem", 7);
  Tick();
  EXPECT_EQ(Values(Last(sink)), (Expected{{"cpu_user", 7}}));
  EXPECT_EQ(broadcaster_.watched_series(), 1u);
}

TEST_F(BroadcasterTest, WatchersOfOneSelectionShareTheBytes) {
  Gauge("cpu", 1);
  std::vector<FakeSink> sinks(3);
  for (FakeSink& sink : sinks) {
    sink.hold = true;  // so that frames stay alive to be compared
    broadcaster_.Subscribe(sink, Wanting("*"));
  }
  Tick();
  for (FakeSink& sink : sinks) sink.Go();
  for (FakeSink& sink : sinks) sink.Stop();
  Gauge("cpu", 2);
  Tick();
  EXPECT_EQ(broadcaster_.group_count(), 1u);
  EXPECT_EQ(sinks[1].bodies.back(), sinks[0].bodies.back());
  EXPECT_EQ(sinks[2].bodies.back(), sinks[0].bodies.back());
}

TEST_F(BroadcasterTest, ASecondWatcherGetsItsOwnSnapshotAndCountsItsOwnFrames) {
  Gauge("cpu", 1);
  Gauge("mem", 2);
  FakeSink first;
  broadcaster_.Subscribe(first, Wanting("*"));
  Tick(3);
  FakeSink second;
  broadcaster_.Subscribe(second, Wanting("*"));
  Gauge("cpu", 4);
  Tick();
  EXPECT_EQ(Last(second)["seq"], 1);
  EXPECT_EQ(Values(Last(second)), (Expected{{"cpu", 4}, {"mem", 2}}));
  EXPECT_EQ(Last(first)["seq"], 2);
  EXPECT_EQ(Values(Last(first)), (Expected{{"cpu", 4}}));
  Gauge("cpu", 5);
  Tick();
  EXPECT_EQ(Last(second)["seq"], 2);
  EXPECT_EQ(Values(Last(second)), (Expected{{"cpu", 5}}));
}

TEST_F(BroadcasterTest, ANewcomerNeedNotWaitForASlowGroupsNextFrame) {
  Gauge("cpu", 1);
  FakeSink first;
  broadcaster_.Subscribe(first, Wanting("*", 1));
  Tick(3);
  Gauge("cpu", 2);
  Tick(3);
  FakeSink second;
  broadcaster_.Subscribe(second, Wanting("*", 1));
  Tick();
  ASSERT_EQ(second.frames.size(), 1u);
  EXPECT_EQ(Values(Last(second)), (Expected{{"cpu", 2}}));
  EXPECT_EQ(first.frames.size(), 1u) << "and the others' rate is kept";
}

TEST_F(BroadcasterTest, RateIsKeptExactlyOverTime) {
  for (const int rate_hz : {1, 4, 7, 25, 30, 59, 60}) {
    FakeSink sink;
    broadcaster_.Subscribe(sink, Wanting("cpu", rate_hz));
    for (int i = 0; i < 600; ++i) {
      Gauge("cpu", i);
      Tick();
    }
    EXPECT_GE(sink.frames.size(), 10u * rate_hz) << rate_hz;
    EXPECT_LE(sink.frames.size(), 10u * rate_hz + 1) << rate_hz;
    broadcaster_.Unsubscribe(sink);
  }
}

TEST_F(BroadcasterTest, NewSubscriptionOfSlowWatcherBeginsWithSeqOne) {
  Gauge("cpu", 1);
  FakeSink sink;
  sink.Stop();
  broadcaster_.Subscribe(sink, Wanting("*"));
  Tick();
  broadcaster_.Subscribe(sink, Wanting("c*"));
  for (int i = 0; i < 3; ++i) {
    Gauge("cpu", i);
    Tick();
  }
  sink.Go();
  Gauge("cpu", 7);
  Tick();
  ASSERT_EQ(sink.frames.size(), 2u);
  EXPECT_EQ(Last(sink)["seq"], 1);
  EXPECT_EQ(Last(sink)["skipped"], 0);
  EXPECT_EQ(Values(Last(sink)), (Expected{{"cpu", 7}}));
}

TEST_F(BroadcasterTest, SlowWatcherGetsOneFrameOfWhatItMissed) {
  Gauge("cpu", 1);
  Gauge("mem", 1);
  Gauge("disk", 1);
  FakeSink slow, fast;
  broadcaster_.Subscribe(slow, Wanting("*"));
  broadcaster_.Subscribe(fast, Wanting("*"));
  slow.Stop();
  Tick();
  Gauge("cpu", 2);
  Tick();
  Gauge("cpu", 3);
  Gauge("mem", 3);
  Tick();
  slow.Go();
  Gauge("cpu", 4);
  Tick();
  ASSERT_EQ(slow.frames.size(), 2u);
  EXPECT_EQ(Last(slow)["skipped"], 2);
  EXPECT_EQ(Last(slow)["seq"], 4) << "a jump is what skipped says";
  EXPECT_EQ(Values(Last(slow)), (Expected{{"cpu", 4}, {"mem", 3}}));
  EXPECT_EQ(fast.frames.size(), 4u) << "the others are unaffected";
  EXPECT_EQ(broadcaster_.counts().frames_skipped, 2u);

  Gauge("disk", 5);
  Tick();
  EXPECT_EQ(Last(slow)["skipped"], 0);
  EXPECT_EQ(Last(slow)["seq"], 5);
  EXPECT_EQ(Values(Last(slow)), (Expected{{"disk", 5}}));
  EXPECT_EQ(slow.frames.back().substr(20), fast.frames.back().substr(20));
}

TEST_F(BroadcasterTest, SlowWatcherNeedNotWaitForNewsToGetWhatItMissed) {
  Gauge("cpu", 1);
  FakeSink slow;
  broadcaster_.Subscribe(slow, Wanting("*", 10));
  slow.Stop();
  Tick(6);
  Gauge("cpu", 2);
  Tick(12);
  slow.Go();
  Tick();
  ASSERT_EQ(slow.frames.size(), 2u);
  EXPECT_EQ(Values(Last(slow)), (Expected{{"cpu", 2}}));
}

TEST_F(BroadcasterTest, CounterFramesHoldRunningTotals) {
  Write("requests", MetricKind::kCounter, {}, clock_.NowNanos(), 5);
  FakeSink sink;
  broadcaster_.Subscribe(sink, Wanting("*"));
  Tick();
  Write("requests", MetricKind::kCounter, {}, clock_.NowNanos(), 3);
  Tick();
  EXPECT_EQ(Values(Last(sink)), (Expected{{"requests", 8}}));
}

TEST_F(BroadcasterTest, HistogramFramesHoldTotalsAndTheWindow) {
  for (int i = 1; i <= 100; ++i) Write("latency", MetricKind::kHistogram, {}, clock_.NowNanos(), i);
  FakeSink sink;
  broadcaster_.Subscribe(sink, Wanting("*"));
  Tick();
  const json sample = Last(sink)["samples"][0];
  EXPECT_EQ(sample["kind"], "histogram");
  EXPECT_EQ(sample["count"], 100);
  EXPECT_EQ(sample["sum"], 5050);
  EXPECT_NEAR(sample["p50"].get<double>(), 50, 1);
  EXPECT_EQ(sample["max"], 100);
  std::uint64_t in_buckets = 0;
  for (const json& bucket : sample["buckets"]) in_buckets += bucket[1].get<std::uint64_t>();
  EXPECT_EQ(in_buckets, 100u);
}

TEST_F(BroadcasterTest, ExpiredSeriesIsNamedOnce) {
  Gauge("cpu", 1, {{"core", "0"}});
  FakeSink sink;
  broadcaster_.Subscribe(sink, Wanting("*"));
  Tick();
  clock_.Advance(11 * kNanosPerSecond);
  store_.Sweep();
  Tick();
  const json gone = Last(sink)["gone"];
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0], (json{{"name", "cpu"},
                           {"service", "api"},
                           {"instance", "api-1"},
                           {"labels", {{"core", "0"}}},
                           {"kind", "gauge"}}));
  Tick(60);
  EXPECT_THAT(Last(sink)["gone"], IsEmpty());
  EXPECT_EQ(broadcaster_.watched_series(), 0u) << "and forgotten";
}

TEST_F(BroadcasterTest, SlowWatcherHearsOfExpiredSeriesToo) {
  Gauge("cpu", 1);
  FakeSink sink;
  broadcaster_.Subscribe(sink, Wanting("*"));
  sink.Stop();
  Tick();
  clock_.Advance(11 * kNanosPerSecond);
  store_.Sweep();
  Tick(3);
  sink.Go();
  Tick(60);
  ASSERT_GE(sink.frames.size(), 2u);
  EXPECT_EQ(json::parse(sink.frames[1])["gone"].size(), 1u);
  EXPECT_EQ(broadcaster_.watched_series(), 0u);
}

TEST_F(BroadcasterTest, SeriesThatCameBackIsNotNamedGoneToWhoMissedBoth) {
  Gauge("cpu", 1);
  FakeSink slow, fast;
  broadcaster_.Subscribe(slow, Wanting("*"));
  broadcaster_.Subscribe(fast, Wanting("*"));
  slow.Stop();
  Tick();
  clock_.Advance(11 * kNanosPerSecond);
  store_.Sweep();
  Tick();
  EXPECT_EQ(Last(fast)["gone"].size(), 1u);
  Gauge("cpu", 2);
  Tick();
  EXPECT_EQ(Values(Last(fast)), (Expected{{"cpu", 2}}));
  slow.Go();
  Tick(60);
  EXPECT_THAT(json::parse(slow.frames[1])["gone"], IsEmpty());
  EXPECT_EQ(Values(json::parse(slow.frames[1])), (Expected{{"cpu", 2}}));
}

TEST_F(BroadcasterTest, NewcomerHearsNothingOfWhatWasGoneBefore) {
  Gauge("cpu", 1);
  FakeSink slow, second;
  broadcaster_.Subscribe(slow, Wanting("*"));
  slow.Stop();
  Tick();
  clock_.Advance(11 * kNanosPerSecond);
  store_.Sweep();
  Tick();
  broadcaster_.Subscribe(second, Wanting("*"));
  Tick();
  EXPECT_THAT(Last(second)["gone"], IsEmpty());
  EXPECT_THAT(Last(second)["samples"], IsEmpty());
}

TEST_F(BroadcasterTest, SubscribingAgainReplacesTheSelection) {
  Gauge("cpu", 1);
  Gauge("mem", 2);
  FakeSink sink;
  broadcaster_.Subscribe(sink, Wanting("cpu"));
  Tick(2);
  broadcaster_.Subscribe(sink, Wanting("mem"));
  Tick();
  EXPECT_EQ(Last(sink)["seq"], 1);
  EXPECT_EQ(Values(Last(sink)), (Expected{{"mem", 2}}));
  EXPECT_EQ(broadcaster_.group_count(), 1u);
  EXPECT_EQ(broadcaster_.watched_series(), 1u);
}

TEST_F(BroadcasterTest, SubscribingAgainToTheSameStartsAnew) {
  Gauge("cpu", 1);
  FakeSink sink;
  broadcaster_.Subscribe(sink, Wanting("cpu"));
  Tick(2);
  broadcaster_.Subscribe(sink, Wanting("cpu"));
  Tick();
  EXPECT_EQ(Last(sink)["seq"], 1);
  EXPECT_EQ(Values(Last(sink)), (Expected{{"cpu", 1}}));
}

TEST_F(BroadcasterTest, WithTheLastWatcherTheGroupAndItsSeriesAreLetGo) {
  Gauge("cpu", 1);
  FakeSink sink;
  broadcaster_.Subscribe(sink, Wanting("*"));
  Tick();
  EXPECT_EQ(broadcaster_.watched_series(), 1u);
  broadcaster_.Unsubscribe(sink);
  EXPECT_EQ(broadcaster_.watched_series(), 0u);
  EXPECT_EQ(broadcaster_.group_count(), 0u);
  EXPECT_EQ(broadcaster_.frame_bytes(), 0u);
}

TEST_F(BroadcasterTest, BinaryFramesAnnounceEachSeriesBeforeItsFirstUse) {
  Gauge("cpu", 1);
  FakeSink slow, fast;
  broadcaster_.Subscribe(slow, Wanting("*", 60, "binary"));
  broadcaster_.Subscribe(fast, Wanting("*", 60, "binary"));
  slow.Stop();
  Tick();
  for (int i = 0; i < 20; ++i) {
    Gauge("series_" + std::to_string(i), i);
    Gauge("cpu", i);
    Tick();
  }
  slow.Go();
  Tick(60);
  for (const FakeSink* sink : {&slow, &fast}) {
    LiveFrameDecoder decoder;
    std::map<std::string, double> newest;
    for (const std::string& bytes : sink->frames) {
      const auto frame = decoder.Decode(bytes);
      ASSERT_TRUE(frame.ok()) << frame.status();
      for (const LiveSample& sample : frame->samples) newest[sample.series->name] = sample.value;
    }
    EXPECT_EQ(newest.size(), 21u);
    EXPECT_EQ(newest["cpu"], 19);
    EXPECT_EQ(newest["series_7"], 7);
  }
}

TEST_F(BroadcasterTest, SeriesThatCameBackIsAnnouncedAgain) {
  Gauge("cpu", 1);
  FakeSink sink;
  broadcaster_.Subscribe(sink, Wanting("*", 60, "binary"));
  Tick();
  clock_.Advance(11 * kNanosPerSecond);
  store_.Sweep();
  Tick();
  Gauge("cpu", 2);
  Tick();
  LiveFrameDecoder decoder;
  std::vector<double> values;
  std::size_t gone = 0;
  for (const std::string& bytes : sink.frames) {
    const auto frame = decoder.Decode(bytes);
    ASSERT_TRUE(frame.ok()) << frame.status();
    for (const LiveSample& sample : frame->samples) values.push_back(sample.value);
    gone += frame->gone.size();
  }
  EXPECT_THAT(values, ElementsAre(1, 2));
  EXPECT_EQ(gone, 1u);
}

// ---- Frames of bounded size ----

TEST_F(BroadcasterTest, BigSelectionComesInFramesThatClientsCanRead) {
  constexpr int kSeries = 20'000;
  for (int i = 0; i < kSeries; ++i) Gauge("metric_with_a_long_name", i, {{"index", std::to_string(i)}});
  FakeSink first, second;
  broadcaster_.Subscribe(first, Wanting("*"));
  Tick(2);
  broadcaster_.Subscribe(second, Wanting("*"));
  Tick(20);
  for (const FakeSink* sink : {&first, &second}) {
    std::map<std::string, double> seen;
    std::uint64_t seq = 0;
    for (const std::string& text : sink->frames) {
      EXPECT_LT(text.size(), 1024u * 1024u);
      const json frame = json::parse(text);
      EXPECT_EQ(frame["seq"], ++seq);
      for (const json& sample : frame["samples"]) seen[sample["labels"]["index"]] = sample["value"];
    }
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(kSeries));
    EXPECT_EQ(seen["12345"], 12345);
  }
}

TEST_F(BroadcasterTest, FramesBeyondTheMemoryLimitCostTheLongestStuckTheirConnections) {
  Broadcaster small(store_, clock_, 4000);
  for (int i = 0; i < 20; ++i) Gauge("cpu", i, {{"core", std::to_string(i)}});  // about 2 kB a frame
  std::vector<FakeSink> sinks(4);
  for (std::size_t i = 0; i < sinks.size(); ++i) {
    sinks[i].Stop();
    sinks[i].stuck_since = 100 - static_cast<std::int64_t>(i);
    small.Subscribe(sinks[i], Wanting("*"));
    for (int core = 0; core < 20; ++core) Gauge("cpu", core, {{"core", std::to_string(core)}});
    small.Tick(clock_.MonotonicNanos());
    clock_.Advance(kTickNs);
  }
  EXPECT_LE(small.frame_bytes(), 4000u);
  EXPECT_FALSE(sinks[0].dropped);
  EXPECT_TRUE(sinks[3].dropped || sinks[2].dropped);
}

}  // namespace
}  // namespace obs
