#include "wire/live_frame.h"

#include <cmath>
#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "telemetry.pb.h"
#include "wire/websocket_frame.h"

namespace obs {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000'123;  // microseconds

SeriesIdentity Gauge() {
  return {"cpu_percent", MetricKind::kGauge, "api", "api-1", {{"core", "0"}, {"mode", "us\"er"}}};
}

SeriesIdentity Latency() {
  return {"latency", MetricKind::kHistogram, "api", "api-1", {}};
}

HistogramState Window() {
  HistogramState state;
  state.count = 12;
  state.sum = 3.5;
  state.window_count = 3;
  state.p50 = 0.1, state.p90 = 0.2, state.p95 = 0.3, state.p99 = 0.4, state.p999 = 0.5, state.min = 0.05,
  state.max = 0.6;
  state.buckets = {{0.1, 2}, {std::numeric_limits<double>::infinity(), 1}};
  return state;
}

// A body of one codec, filled as the hub fills it.
class Body {
 public:
  explicit Body(LiveFormat format) : codec_(LiveCodec::For(format)), writer_(codec_.NewBody(kNow)) {}

  void AddValue(std::uint32_t ref, const SeriesIdentity& identity, std::int64_t timestamp_us, double value,
                bool history = false) {
    std::string sample;
    codec_.AppendValue(sample, timestamp_us, value, history);
    Add(ref, identity, timestamp_us, value, sample);
  }

  void AddHistogram(std::uint32_t ref, const SeriesIdentity& identity, std::int64_t timestamp_us,
                    const HistogramState& state) {
    std::string sample;
    codec_.AppendHistogram(sample, ref, timestamp_us, state, false);
    Add(ref, identity, timestamp_us, 0, sample);
  }

  void AddGone(std::uint32_t ref, const SeriesIdentity& identity) {
    writer_->AddGone(ref, Series(ref, identity));
  }

  std::string Frame(const LiveFrameHead& head) {
    std::string out;
    codec_.AppendHead(out, head);
    return out + writer_->Finish();
  }

  LiveBodyWriter& writer() { return *writer_; }

 private:
  std::string Series(std::uint32_t ref, const SeriesIdentity& identity) {
    std::string out;
    codec_.AppendSeries(out, ref, identity);
    return out;
  }

  void Add(std::uint32_t ref, const SeriesIdentity& identity, std::int64_t timestamp_us, double value,
           const std::string& sample) {
    const std::string series = Series(ref, identity);
    writer_->Announce(series);
    writer_->AddSample({ref, identity.kind, series, sample, timestamp_us, value});
  }

  const LiveCodec& codec_;
  std::unique_ptr<LiveBodyWriter> writer_;
};

TEST(LiveFrameJsonTest, EmptyFrame) {
  Body body(LiveFormat::kJson);
  EXPECT_TRUE(body.writer().empty());
  EXPECT_EQ(body.Frame({.seq = 1, .timestamp_us = kNow}),
            R"({"seq":1,"timestamp":1700000000000.123,"skipped":0,"samples":[],"gone":[]})");
}

TEST(LiveFrameJsonTest, GaugeAndCounter) {
  Body body(LiveFormat::kJson);
  body.AddValue(0, Gauge(), kNow - 1000, 12.5);
  body.AddValue(1, {"requests_total", MetricKind::kCounter, "api", "api-1", {}}, kNow, 1e6);
  EXPECT_FALSE(body.writer().empty());
  EXPECT_EQ(
      body.Frame({.seq = 7, .timestamp_us = kNow, .skipped = 3}),
      R"({"seq":7,"timestamp":1700000000000.123,"skipped":3,"samples":[)"
      R"({"name":"cpu_percent","service":"api","instance":"api-1","labels":{"core":"0","mode":"us\"er"},)"
      R"("kind":"gauge","timestamp":1699999999999.123,"value":12.5},)"
      R"({"name":"requests_total","service":"api","instance":"api-1","labels":{},)"
      R"("kind":"counter","timestamp":1700000000000.123,"value":1000000}],"gone":[]})");
}

TEST(LiveFrameJsonTest, HistogramWithOpenBucket) {
  Body body(LiveFormat::kJson);
  body.AddHistogram(0, Latency(), kNow, Window());
  EXPECT_EQ(body.Frame({.seq = 1, .timestamp_us = kNow}),
            R"({"seq":1,"timestamp":1700000000000.123,"skipped":0,"samples":[)"
            R"({"name":"latency","service":"api","instance":"api-1","labels":{},"kind":"histogram",)"
            R"("timestamp":1700000000000.123,"count":12,"sum":3.5,)"
            R"("p50":0.1,"p90":0.2,"p95":0.3,"p99":0.4,"p999":0.5,"min":0.05,"max":0.6,)"
            R"("buckets":[[0.1,2],["+Inf",1]]}],"gone":[]})");
}

TEST(LiveFrameJsonTest, EmptyWindowHasNullQuantilesAndNoBuckets) {
  HistogramState state = Window();
  state.window_count = 0;
  Body body(LiveFormat::kJson);
  body.AddHistogram(0, Latency(), kNow, state);
  EXPECT_EQ(body.Frame({.seq = 1, .timestamp_us = kNow}),
            R"({"seq":1,"timestamp":1700000000000.123,"skipped":0,"samples":[)"
            R"({"name":"latency","service":"api","instance":"api-1","labels":{},"kind":"histogram",)"
            R"("timestamp":1700000000000.123,"count":12,"sum":3.5,)"
            R"("p50":null,"p90":null,"p95":null,"p99":null,"p999":null,"min":null,"max":null,)"
            R"("buckets":[]}],"gone":[]})");
}

TEST(LiveFrameJsonTest, HistoryAndGone) {
  Body body(LiveFormat::kJson);
  body.AddValue(0, {"up", MetricKind::kGauge, "api", "api-1", {}}, 1'500, 1, true);
  body.AddGone(1, {"old", MetricKind::kGauge, "api", "api-1", {{"a", "b"}}});
  EXPECT_EQ(
      body.Frame({.seq = 1, .timestamp_us = kNow, .history = true}),
      R"({"seq":1,"timestamp":1700000000000.123,"skipped":0,"samples":[)"
      R"({"name":"up","service":"api","instance":"api-1","labels":{},"kind":"gauge",)"
      R"("history":true,"timestamp":1.500,"value":1}],)"
      R"("gone":[{"name":"old","service":"api","instance":"api-1","labels":{"a":"b"},"kind":"gauge"}]})");
}

TEST(LiveFrameJsonTest, NoValueMakesABareNaN) {
  HistogramState state = Window();
  state.sum = std::numeric_limits<double>::quiet_NaN();
  state.max = std::numeric_limits<double>::infinity();
  Body body(LiveFormat::kJson);
  body.AddValue(0, Gauge(), kNow, std::numeric_limits<double>::quiet_NaN());
  body.AddHistogram(1, Latency(), kNow, state);
  const auto frame = nlohmann::json::parse(body.Frame({.seq = 1, .timestamp_us = kNow}));
  EXPECT_TRUE(frame["samples"][0]["value"].is_null());
  EXPECT_TRUE(frame["samples"][1]["sum"].is_null());
  EXPECT_TRUE(frame["samples"][1]["max"].is_null());
}

telemetry::LiveFrame Parse(const std::string& bytes) {
  telemetry::LiveFrame frame;
  EXPECT_TRUE(frame.ParseFromString(bytes));
  return frame;
}

TEST(LiveFrameBinaryTest, HeadReadsBackByGeneratedClass) {
  Body body(LiveFormat::kBinary);
  const auto frame = Parse(body.Frame({.seq = 300, .timestamp_us = kNow, .skipped = 2, .history = true}));
  EXPECT_EQ(frame.seq(), 300u);
  EXPECT_EQ(frame.timestamp_us(), kNow);
  EXPECT_EQ(frame.skipped(), 2u);
  EXPECT_TRUE(frame.history());
  EXPECT_EQ(frame.refs_size(), 0);
}

TEST(LiveFrameBinaryTest, ColumnsReadBackByGeneratedClass) {
  Body body(LiveFormat::kBinary);
  body.AddValue(5, Gauge(), kNow - 1000, 12.5);
  body.AddValue(300, {"requests_total", MetricKind::kCounter, "api", "api-1", {}}, kNow, -0.0);
  const auto frame = Parse(body.Frame({.seq = 1, .timestamp_us = kNow}));

  ASSERT_EQ(frame.series_size(), 2);
  EXPECT_EQ(frame.series(0).ref(), 5u);
  EXPECT_EQ(frame.series(0).name(), "cpu_percent");
  EXPECT_EQ(frame.series(0).service(), "api");
  EXPECT_EQ(frame.series(0).instance(), "api-1");
  EXPECT_EQ(frame.series(0).kind(), telemetry::KIND_GAUGE);
  EXPECT_EQ(frame.series(0).labels().at("mode"), "us\"er");
  EXPECT_EQ(frame.series(1).kind(), telemetry::KIND_COUNTER);
  EXPECT_TRUE(frame.series(1).labels().empty());

  EXPECT_THAT(std::vector(frame.refs().begin(), frame.refs().end()), (std::vector<std::uint32_t>{5, 300}));
  EXPECT_EQ(frame.timestamp_deltas_us(0), -1000);
  EXPECT_EQ(frame.timestamp_deltas_us(1), 1000);
  EXPECT_EQ(frame.values(0), 12.5);
  EXPECT_TRUE(std::signbit(frame.values(1)));
}

TEST(LiveFrameBinaryTest, HistogramAndGoneReadBackByGeneratedClass) {
  Body body(LiveFormat::kBinary);
  body.AddHistogram(2, Latency(), kNow, Window());
  body.AddGone(9, Gauge());
  body.AddGone(1000, Gauge());
  const auto frame = Parse(body.Frame({.seq = 1, .timestamp_us = kNow}));
  ASSERT_EQ(frame.histograms_size(), 1);
  const auto& histogram = frame.histograms(0);
  EXPECT_EQ(histogram.ref(), 2u);
  EXPECT_EQ(histogram.timestamp_us(), kNow);
  EXPECT_EQ(histogram.count(), 12u);
  EXPECT_EQ(histogram.sum(), 3.5);
  ASSERT_EQ(histogram.statistics_size(), 7);
  EXPECT_EQ(histogram.statistics(0), 0.1);
  EXPECT_EQ(histogram.statistics(6), 0.6);
  ASSERT_EQ(histogram.bucket_bounds_size(), 2);
  EXPECT_EQ(histogram.bucket_bounds(1), std::numeric_limits<double>::infinity());
  EXPECT_EQ(histogram.bucket_counts(0), 2u);
  ASSERT_EQ(frame.gone_size(), 2);
  EXPECT_EQ(frame.gone(0), 9u);
  EXPECT_EQ(frame.gone(1), 1000u);
}

TEST(LiveFrameBinaryTest, EmptyWindowHasNoStatistics) {
  HistogramState state = Window();
  state.window_count = 0;
  Body body(LiveFormat::kBinary);
  body.AddHistogram(0, Latency(), kNow, state);
  const auto frame = Parse(body.Frame({.seq = 1, .timestamp_us = kNow}));
  EXPECT_EQ(frame.histograms(0).count(), 12u);
  EXPECT_EQ(frame.histograms(0).statistics_size(), 0);
  EXPECT_EQ(frame.histograms(0).bucket_bounds_size(), 0);
}

std::string Header(std::uint64_t bytes) {
  std::string out;
  AppendWebSocketHeader(out, WebSocketOpcode::kText, bytes);
  return out;
}

TEST(WebSocketFrameTest, LengthTakesTheShortestForm) {
  EXPECT_EQ(Header(0), std::string("\x81\x00", 2));
  EXPECT_EQ(Header(125), "\x81\x7d");
  EXPECT_EQ(Header(126), std::string("\x81\x7e\x00\x7e", 4));
  EXPECT_EQ(Header(65535), "\x81\x7e\xff\xff");
  EXPECT_EQ(Header(65536), std::string("\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10));
}

}  // namespace
}  // namespace obs
