// The broadcaster with a real store, a clock that stands still, and sinks that are busy when told to be.
#include "live/broadcaster.h"

#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "live/frame_decoder.h"
#include "nlohmann/json.hpp"
#include "support/fake_clock.h"

namespace obs {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr std::int64_t kTickNs = kNanosPerSecond / 60;

class FakeSink : public FrameSink {
 public:
  bool busy() const override { return busy_; }
  std::size_t Send(const LiveFrameHead& head, const FrameBodyPtr& body) override {
    EXPECT_FALSE(busy_);
    std::string frame;
    LiveCodec::For(body->format()).AppendHead(frame, head);
    frame += body->bytes();
    frames.push_back(frame);
    bodies.push_back(body.get());
    held = hold ? body : nullptr;
    busy_ = hold;
    return frame.size();
  }
  std::int64_t stuck_since_ns() const override { return stuck_since; }
  void DropForMemory() override {
    dropped = true;
    held.reset();
  }

  // From the next frame on, frames stay on their way.
  void Stop() { hold = true; }
  // The frame on its way is gone, and so are the next ones.
  void Go() {
    hold = busy_ = false;
    held.reset();
  }

  std::vector<std::string> frames;
  std::vector<const FrameBody*> bodies;
  FrameBodyPtr held;
  bool hold = false;
  bool dropped = false;
  std::int64_t stuck_since = 0;

 private:
  bool busy_ = false;
};

class BroadcasterTest : public ::testing::Test {
 protected:
  BroadcasterTest() : store_(Options(), clock_), broadcaster_(store_, clock_, 64 * 1024 * 1024) {}

  static StoreOptions Options() {
    StoreOptions options;
    options.series_ttl_ns = 10 * kNanosPerSecond;
    return options;
  }

  static Subscription Wanting(const std::string& selector, int rate_hz = 60,
                              const std::string& format = "json", const std::string& since = "0") {
    return *SubscriptionFromQuery(
        {{"match", selector}, {"rate", std::to_string(rate_hz)}, {"format", format}, {"since", since}});
  }

  void Gauge(const std::string& name, double value, const LabelSet& labels = {}) {
    Write(name, MetricKind::kGauge, labels, clock_.NowNanos(), value);
  }
  void GaugeAt(const std::string& name, std::int64_t timestamp_ns, double value) {
    Write(name, MetricKind::kGauge, {}, timestamp_ns, value);
  }
  void Write(const std::string& name, MetricKind kind, const LabelSet& labels, std::int64_t timestamp_ns,
             double value) {
    const auto node = store_.GetOrCreateNode("api", "api-1");
    NodeWriter writer(*node, clock_.NowNanos());
    Refusal refusal = Refusal::kNone;
    const SeriesPtr series = writer.Resolve(name, kind, labels, nullptr, &refusal);
    ASSERT_NE(series, nullptr);
    if (kind == MetricKind::kGauge) writer.SetGauge(*series, timestamp_ns, value);
    if (kind == MetricKind::kCounter) writer.Increment(*series, timestamp_ns, value);
    if (kind == MetricKind::kHistogram) writer.Observe(*series, timestamp_ns, value);
  }

  void Tick(int times = 1) {
    for (int i = 0; i < times; ++i) {
      broadcaster_.Tick(clock_.MonotonicNanos());
      clock_.Advance(kTickNs);
    }
  }

  static json Last(const FakeSink& sink) { return json::parse(sink.frames.at(sink.frames.size() - 1)); }
  // The frame's samples as name -> value.
  static std::map<std::string, double> Values(const json& frame) {
    std::map<std::string, double> out;
    for (const json& sample : frame["samples"]) out[sample["name"]] = sample["value"].get<double>();
    return out;
  }
  using Expected = std::map<std::string, double>;

  FakeClock clock_;
  Store store_;
  Broadcaster broadcaster_;
};

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

// ---- History ----

struct Point {
  std::int64_t timestamp_us;
  double value;
  friend auto operator<=>(const Point&, const Point&) = default;
  friend void PrintTo(const Point& point, std::ostream* out) {
    *out << point.timestamp_us << "=" << point.value;
  }
};

std::vector<Point> PointsOf(const FakeSink& sink, const std::string& name, bool history) {
  std::vector<Point> out;
  for (const std::string& text : sink.frames) {
    const json frame = json::parse(text);
    for (const json& sample : frame["samples"]) {
      if (sample["name"] != name || sample.value("history", false) != history) continue;
      out.push_back({std::llround(sample["timestamp"].get<double>() * 1000), sample["value"].get<double>()});
    }
  }
  return out;
}

TEST_F(BroadcasterTest, HistoryComesFirstAndLiveFramesFollow) {
  const std::int64_t start_ns = clock_.NowNanos() / kNanosPerSecond * kNanosPerSecond;
  std::vector<Point> written;
  for (int i = 0; i < 20; ++i) {
    clock_.Advance(kNanosPerSecond);
    const std::int64_t timestamp_ns = start_ns + i * kNanosPerSecond;
    GaugeAt("cpu", timestamp_ns, i);
    written.push_back({timestamp_ns / kNanosPerMicro, static_cast<double>(i)});
  }
  FakeSink sink;
  broadcaster_.Subscribe(sink, Wanting("*", 60, "json", "5m"));
  Tick(5);
  EXPECT_EQ(PointsOf(sink, "cpu", true), written);
  EXPECT_THAT(PointsOf(sink, "cpu", false), IsEmpty()) << "the newest point is history already";

  Gauge("cpu", 99);
  Tick();
  ASSERT_EQ(PointsOf(sink, "cpu", false).size(), 1u);
  EXPECT_EQ(PointsOf(sink, "cpu", false)[0].value, 99);
  EXPECT_EQ(PointsOf(sink, "cpu", true), written);
}

TEST_F(BroadcasterTest, HistoryAndLiveTogetherAreExactlyWhatWasStored) {
  // A point each 100 ms (the store's finest), written in the middle of the ticks, while history is being
  // read.
  std::vector<Point> written;
  int value = 0;
  const auto write = [&] {
    for (const char* name : {"a", "b"}) Gauge(name, value);
    written.push_back({clock_.NowNanos() / kNanosPerMicro, static_cast<double>(value)});
    ++value;
  };
  for (int i = 0; i < 300; ++i) {
    write();
    clock_.Advance(100 * kNanosPerMilli);
  }
  FakeSink sink;
  broadcaster_.Subscribe(sink, Wanting("*", 60, "json", "20s"));
  const std::int64_t since_us = (clock_.NowNanos() - 20 * kNanosPerSecond) / kNanosPerMicro;
  for (int i = 0; i < 120; ++i) {
    if (i % 6 == 3) write();
    // A reader that takes its time now and then.
    if (i % 4 == 0) sink.Stop();
    Tick();
    sink.Go();
  }
  std::vector<Point> expected;
  for (const Point& point : written) {
    if (point.timestamp_us > since_us) expected.push_back(point);
  }
  for (const char* name : {"a", "b"}) {
    std::vector<Point> got = PointsOf(sink, name, true);
    const std::vector<Point> live = PointsOf(sink, name, false);
    EXPECT_GT(got.size(), 190u);
    EXPECT_GT(live.size(), 15u);
    got.insert(got.end(), live.begin(), live.end());
    EXPECT_EQ(got, expected);
  }
}

TEST_F(BroadcasterTest, SeriesWithoutAnythingInTheWantedTimeIsPartOfTheFirstLiveFrame) {
  Gauge("idle", 7);
  clock_.Advance(5 * kNanosPerSecond);
  Gauge("busy", 1);
  FakeSink sink;
  broadcaster_.Subscribe(sink, Wanting("*", 60, "json", "2s"));
  Tick(3);
  EXPECT_EQ(PointsOf(sink, "idle", false).size(), 1u);
  EXPECT_THAT(PointsOf(sink, "idle", true), IsEmpty());
  EXPECT_EQ(PointsOf(sink, "busy", true).size(), 1u);
}

TEST_F(BroadcasterTest, HistoryInBinaryFramesAnnouncesItsSeries) {
  Gauge("idle", 7);
  for (int i = 0; i < 50; ++i) {
    Gauge("cpu", i);
    clock_.Advance(100 * kNanosPerMilli);
  }
  FakeSink sink;
  broadcaster_.Subscribe(sink, Wanting("*", 60, "binary", "2s"));
  Tick(5);
  Gauge("cpu", 50);
  Gauge("new", 1);
  Tick(1);
  LiveFrameDecoder decoder;
  std::vector<double> history, live;
  for (const std::string& bytes : sink.frames) {
    const auto frame = decoder.Decode(bytes);
    ASSERT_TRUE(frame.ok()) << frame.status();
    for (const LiveSample& sample : frame->samples) {
      if (sample.series->name != "cpu") continue;
      (sample.history ? history : live).push_back(sample.value);
    }
  }
  EXPECT_EQ(history.size(), 19u);
  EXPECT_THAT(live, ElementsAre(50));
}

TEST_F(BroadcasterTest, LongHistoryComesInFramesThatClientsCanRead) {
  for (int i = 0; i < 500; ++i) {
    for (int s = 0; s < 40; ++s) Gauge("cpu", i, {{"core", std::to_string(s)}});
    clock_.Advance(100 * kNanosPerMilli);
  }
  FakeSink sink;
  broadcaster_.Subscribe(sink, Wanting("*", 60, "json", "1m"));
  Tick(100);
  std::size_t points = 0;
  std::int64_t window_us = 0;
  std::uint64_t seq = 0;
  for (const std::string& text : sink.frames) {
    EXPECT_LT(text.size(), 1024u * 1024u);
    const json frame = json::parse(text);
    EXPECT_EQ(frame["seq"], ++seq);
    for (const json& sample : frame["samples"]) {
      ++points;
      const auto timestamp_us = std::llround(sample["timestamp"].get<double>() * 1000);
      EXPECT_GT(timestamp_us, window_us - 11 * kMicrosPerSecond) << "time goes forward, window by window";
      window_us = std::max<std::int64_t>(window_us, timestamp_us);
    }
  }
  EXPECT_EQ(points, 500u * 40u);
  EXPECT_GT(sink.frames.size(), 3u);
}

TEST_F(BroadcasterTest, HistoryOfASeriesThatExpiresMeanwhileEndsAndItIsNamedGone) {
  for (int i = 0; i < 10; ++i) {
    Gauge("cpu", i);
    clock_.Advance(kNanosPerSecond);
  }
  FakeSink sink;
  broadcaster_.Subscribe(sink, Wanting("*", 60, "json", "1m"));
  sink.Stop();
  Tick(2);
  clock_.Advance(11 * kNanosPerSecond);
  store_.Sweep();
  Tick(2);
  sink.Go();
  Tick(80);
  std::size_t gone = 0;
  for (const std::string& text : sink.frames) gone += json::parse(text)["gone"].size();
  EXPECT_EQ(gone, 1u);
  EXPECT_EQ(broadcaster_.watched_series(), 0u);
}

}  // namespace
}  // namespace obs
