// History first, then live, spliced without gap or overlap.
#include <cmath>
#include <ostream>
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
