#include "journal/segment.h"

#include <string>

#include "fmt/format.h"
#include "gtest/gtest.h"
#include "journal/crc32c.h"

namespace obs {
namespace {

std::string Hex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return hex;
}

std::string FrameOf(std::uint64_t number, std::string_view payload) {
  const auto head = EncodeFrameHead(number, payload);
  return std::string(head.data(), head.size()) + std::string(payload);
}

TEST(Crc32cTest, IsTheChecksumOfRfc3720) {
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(Crc32c(""), 0u);
}

TEST(Crc32cTest, GoesOnFromTheChecksumOfWhatIsBefore) {
  EXPECT_EQ(Crc32c("6789", Crc32c("12345")), Crc32c("123456789"));
}

// The example of obs-journal(5).
TEST(SegmentTest, IsAsDocumented) {
  const auto header = EncodeSegmentHeader(1);
  EXPECT_EQ(Hex({header.data(), header.size()}),
            "6f62736a726e6c01"
            "0100000000000000"
            "63726c9b");
  EXPECT_EQ(Hex(FrameOf(kSegmentHeadNumber, "example")),
            "07000000"
            "5f3ef997"
            "6578616d706c65");
  EXPECT_EQ(Hex(FrameOf(1, "hello")),
            "05000000"
            "b4a6fb70"
            "68656c6c6f");
}

TEST(SegmentTest, FrameIsReadAsItWasWritten) {
  const std::string bytes = FrameOf(7, "payload") + "more";
  const Frame frame = ParseFrame(bytes, 7);
  EXPECT_EQ(frame.state, Frame::State::kWhole);
  EXPECT_EQ(frame.payload, "payload");
  EXPECT_EQ(frame.bytes, bytes.size() - 4);
}

TEST(SegmentTest, FrameOfAnotherNumberIsDamaged) {
  EXPECT_EQ(ParseFrame(FrameOf(7, "payload"), 8).state, Frame::State::kDamaged);
}

TEST(SegmentTest, ZeroesAreNoFrame) {
  EXPECT_EQ(ParseFrame(std::string(64, '\0'), 1).state, Frame::State::kDamaged);
}

TEST(SegmentTest, IncompleteFrameSaysHowMuchItTakes) {
  const std::string bytes = FrameOf(7, "payload");
  EXPECT_EQ(ParseFrame(bytes.substr(0, 3), 7).bytes, kFrameHeadBytes);
  const Frame frame = ParseFrame(bytes.substr(0, 10), 7);
  EXPECT_EQ(frame.state, Frame::State::kIncomplete);
  EXPECT_EQ(frame.bytes, bytes.size());
}

TEST(SegmentTest, NamesAreInTheOrderOfNumbers) {
  EXPECT_EQ(SegmentName(42), "00000000000000000042.journal");
  EXPECT_EQ(ParseSegmentName(SegmentName(42)), 42u);
  EXPECT_EQ(ParseSegmentName(SegmentName(~std::uint64_t{0})), ~std::uint64_t{0});
  EXPECT_LT(SegmentName(9), SegmentName(10));
}

TEST(SegmentTest, OtherFilesAreNoSegments) {
  for (const char* const name : {"", "lock", "42.journal", "0000000000000000004x.journal",
                                 "00000000000000000042.journal~", "99999999999999999999.journal"}) {
    EXPECT_EQ(ParseSegmentName(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace obs
