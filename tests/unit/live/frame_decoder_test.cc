#include "live/frame_decoder.h"

#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "telemetry.pb.h"

namespace obs {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000'123;

telemetry::LiveFrame Frame(std::uint64_t seq) {
  telemetry::LiveFrame frame;
  frame.set_seq(seq);
  frame.set_timestamp_us(kNow);
  return frame;
}

void Announce(telemetry::LiveFrame& frame, std::uint32_t ref, const std::string& name) {
  auto* const series = frame.add_series();
  series->set_ref(ref);
  series->set_name(name);
  series->set_kind(telemetry::KIND_GAUGE);
}

void AddValue(telemetry::LiveFrame& frame, std::uint32_t ref, std::int64_t delta_us, double value) {
  frame.add_refs(ref);
  frame.add_timestamp_deltas_us(delta_us);
  frame.add_values(value);
}

std::string ErrorOf(LiveFrameDecoder& decoder, const telemetry::LiveFrame& frame) {
  return std::string(decoder.Decode(frame.SerializeAsString()).status().message());
}

TEST(LiveFrameDecoderTest, ColumnsBecomeSamples) {
  telemetry::LiveFrame bytes = Frame(1);
  bytes.set_skipped(3);
  Announce(bytes, 7, "a");
  Announce(bytes, 8, "b");
  AddValue(bytes, 8, -5, 2.5);
  AddValue(bytes, 7, 10, 3.5);
  LiveFrameDecoder decoder;
  const auto frame = decoder.Decode(bytes.SerializeAsString());
  ASSERT_TRUE(frame.ok()) << frame.status();
  EXPECT_EQ(frame->head.seq, 1u);
  EXPECT_EQ(frame->head.skipped, 3u);
  ASSERT_EQ(frame->samples.size(), 2u);
  EXPECT_EQ(frame->samples[0].series->name, "b");
  EXPECT_EQ(frame->samples[0].timestamp_us, kNow - 5);
  EXPECT_EQ(frame->samples[1].series->name, "a");
  EXPECT_EQ(frame->samples[1].timestamp_us, kNow + 5);
  EXPECT_EQ(frame->samples[1].value, 3.5);
}

TEST(LiveFrameDecoderTest, AHistogramHasItsScaleIfItsBucketsAreASketchs) {
  HistogramState sketch{.count = 1, .sum = 2, .window_count = 1, .scale = -3, .buckets = {{256, 1}}};
  HistogramState explicit_buckets{.count = 1, .sum = 2, .window_count = 1, .buckets = {{1, 0}, {256, 1}}};
  const LiveCodec& codec = LiveCodec::For(LiveFormat::kBinary);
  const auto body = codec.NewBody(kNow);
  for (const auto& [ref, state] : {std::pair(1u, &sketch), std::pair(2u, &explicit_buckets)}) {
    std::string series, sample;
    codec.AppendSeries(series, ref, {.name = "h", .kind = MetricKind::kHistogram});
    codec.AppendHistogram(sample, ref, kNow, *state, false);
    body->Announce(series);
    body->AddSample({.ref = ref, .kind = MetricKind::kHistogram, .series = series, .sample = sample});
  }
  std::string bytes;
  codec.AppendHead(bytes, {.seq = 1, .timestamp_us = kNow});
  const auto frame = LiveFrameDecoder().Decode(bytes + body->Finish());
  ASSERT_TRUE(frame.ok()) << frame.status();
  ASSERT_EQ(frame->samples.size(), 2u);
  EXPECT_EQ(frame->samples[0].histogram.scale, -3);
  EXPECT_EQ(frame->samples[1].histogram.scale, std::nullopt);
  EXPECT_THAT(frame->samples[1].histogram.buckets,
              testing::ElementsAre(testing::Pair(1, 0), testing::Pair(256, 1)));
}

TEST(LiveFrameDecoderTest, AnnouncementsHoldUntilGoneOrANewSubscription) {
  LiveFrameDecoder decoder;
  telemetry::LiveFrame first = Frame(1);
  Announce(first, 7, "a");
  ASSERT_TRUE(decoder.Decode(first.SerializeAsString()).ok());
  telemetry::LiveFrame second = Frame(2);
  AddValue(second, 7, 0, 1);
  second.add_gone(7);
  const auto frame = decoder.Decode(second.SerializeAsString());
  ASSERT_TRUE(frame.ok()) << frame.status();
  ASSERT_EQ(frame->gone.size(), 1u);
  EXPECT_EQ(frame->gone[0]->name, "a");
  telemetry::LiveFrame third = Frame(3);
  AddValue(third, 7, 0, 1);
  EXPECT_EQ(ErrorOf(decoder, third), "a live frame names a series that was never announced");

  ASSERT_TRUE(decoder.Decode(first.SerializeAsString()).ok());
  telemetry::LiveFrame anew = Frame(1);
  AddValue(anew, 7, 0, 1);
  EXPECT_EQ(ErrorOf(decoder, anew), "a live frame names a series that was never announced");
}

TEST(LiveFrameDecoderTest, BadFramesAreErrors) {
  LiveFrameDecoder decoder;
  EXPECT_EQ(decoder.Decode("\xff").status().message(), "not a live frame");
  telemetry::LiveFrame uneven = Frame(1);
  uneven.add_refs(1);
  EXPECT_EQ(ErrorOf(decoder, uneven), "a live frame's columns differ in length");
  telemetry::LiveFrame far = Frame(1);
  Announce(far, 7, "a");
  AddValue(far, 7, std::numeric_limits<std::int64_t>::max(), 1);
  AddValue(far, 7, std::numeric_limits<std::int64_t>::max(), 1);
  EXPECT_EQ(ErrorOf(decoder, far), "a live frame has a timestamp out of range");
}

}  // namespace
}  // namespace obs
