#include "app/bench/http2_frames.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace obs {
namespace {

using namespace std::string_literals;

TEST(Http2FramesTest, HeaderHasLengthTypeFlagsAndStream) {
  std::string out;
  AppendHttp2Header(out, Http2Type::kHeaders, kHttp2EndHeaders, 1, 0x010203);
  EXPECT_EQ(out, "\x01\x02\x03\x01\x04\x00\x00\x00\x01"s);
}

TEST(Http2FramesTest, WholeFramesAreTakenAndTheRestIsLeft) {
  std::string bytes;
  AppendHttp2Header(bytes, Http2Type::kPing, 0, 0, 8);
  bytes += "12345678";
  AppendHttp2Header(bytes, Http2Type::kData, kHttp2EndStream, 1, 3);
  bytes += "ab";
  std::vector<std::string> payloads;
  const auto take = [&](const Http2Frame& frame) { payloads.emplace_back(frame.payload); };
  TakeHttp2Frames(bytes, take);
  EXPECT_EQ(payloads, std::vector<std::string>{"12345678"});
  bytes += "c";
  TakeHttp2Frames(bytes, take);
  EXPECT_EQ(payloads, (std::vector<std::string>{"12345678", "abc"}));
  EXPECT_TRUE(bytes.empty());
}

TEST(Http2FramesTest, FieldsAreLiteralsOfAnyLength) {
  EXPECT_EQ(EncodeHeaderBlock({{"te", "trailers"}}), "\x00\x02te\x08trailers"s);
  const std::string value(300, 'v');
  const std::string block = EncodeHeaderBlock({{"n", value}});
  EXPECT_EQ(block.substr(0, 6), "\x00\x01n\x7f\xad\x01"s);
  EXPECT_EQ(block.substr(6), value);
}

TEST(Http2FramesTest, LiteralFieldIsFoundInABlock) {
  const std::string value(300, 'v');
  const std::string block = EncodeHeaderBlock({{"grpc-status", "16"}, {"grpc-message", value}});
  EXPECT_EQ(FindLiteralHeader(block, "grpc-status"), "16");
  EXPECT_EQ(FindLiteralHeader(block, "grpc-message"), value);
  EXPECT_EQ(FindLiteralHeader(block, "other"), "");
  EXPECT_EQ(FindLiteralHeader("grpc-message", "grpc-message"), "");
}

}  // namespace
}  // namespace obs
