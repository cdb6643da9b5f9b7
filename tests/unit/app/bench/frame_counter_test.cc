#include "app/bench/frame_counter.h"

#include <string>

#include "fmt/format.h"
#include "gtest/gtest.h"
#include "wire/websocket_frame.h"

namespace obs {
namespace {

std::string Frame(int seq, int skipped = 0, std::size_t samples_bytes = 300) {
  const std::string payload =
      fmt::format(R"({{"seq":{},"timestamp":1700000000000.123,"skipped":{},"samples":[{}]}})", seq, skipped,
                  std::string(samples_bytes, ' '));
  std::string frame;
  AppendWebSocketHeader(frame, WebSocketOpcode::kText, payload.size());
  return frame + payload;
}

TEST(FrameCounterTest, CountsFramesOfEverySizeOfHeader) {
  FrameCounter counter;
  counter.Take(Frame(1, 0, 10) + Frame(2, 0, 300) + Frame(3, 0, 100'000));
  EXPECT_EQ(counter.counts().frames, 3u);
  EXPECT_EQ(counter.counts().lost, 0u);
  EXPECT_EQ(counter.counts().doubled, 0u);
}

TEST(FrameCounterTest, FramesMayComeByteByByte) {
  FrameCounter counter;
  const std::string bytes = Frame(1) + Frame(2) + Frame(4, 1);
  for (const char& byte : bytes) counter.Take({&byte, 1});
  EXPECT_EQ(counter.counts().frames, 3u);
  EXPECT_EQ(counter.counts().bytes, bytes.size());
  EXPECT_EQ(counter.counts().skipped, 1u);
  EXPECT_EQ(counter.counts().lost, 0u);
}

TEST(FrameCounterTest, AJumpThatNoFrameTellsOfIsALoss) {
  FrameCounter counter;
  counter.Take(Frame(1) + Frame(5, 1));
  EXPECT_EQ(counter.counts().lost, 2u);
}

TEST(FrameCounterTest, AFrameAgainIsDoubled) {
  FrameCounter counter;
  counter.Take(Frame(1) + Frame(2) + Frame(2));
  EXPECT_EQ(counter.counts().doubled, 1u);
}

TEST(FrameCounterTest, PingsAreKeptToBeAnswered) {
  FrameCounter counter;
  counter.Take(Frame(1) + std::string("\x89\x03") + "abc" + Frame(2));
  EXPECT_EQ(counter.counts().frames, 2u);
  EXPECT_EQ(counter.counts().pings, 1u);
  EXPECT_EQ(counter.pings, "abc");
}

TEST(FrameCounterTest, AnEmptyPingDoesNotHideWhatFollows) {
  FrameCounter counter;
  counter.Take(Frame(1) + std::string("\x89\x00", 2) + Frame(2) + Frame(3));
  EXPECT_EQ(counter.counts().frames, 3u);
  EXPECT_EQ(counter.counts().pings, 1u);
  EXPECT_EQ(counter.counts().lost, 0u);
}

TEST(FrameCounterTest, CloseIsNoticed) {
  FrameCounter counter;
  counter.Take(std::string("\x88\x02\x03\xe9", 4));
  EXPECT_EQ(counter.counts().closes, 1u);
}

}  // namespace
}  // namespace obs
