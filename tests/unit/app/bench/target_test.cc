#include "app/bench/target.h"

#include <string>

#include "gtest/gtest.h"

namespace obs {
namespace {

TEST(ReadyLineTest, NamesThreeAddresses) {
  std::string grpc, http, metrics;
  EXPECT_TRUE(
      ParseReadyLine("obs-aggregate: ready grpc=127.0.0.1:9000 http=[::1]:8080 metrics=127.0.0.1:9100", &grpc,
                     &http, &metrics));
  EXPECT_EQ(grpc, "127.0.0.1:9000");
  EXPECT_EQ(http, "[::1]:8080");
  EXPECT_EQ(metrics, "127.0.0.1:9100");
}

TEST(ReadyLineTest, AnyOtherLineIsNone) {
  std::string grpc, http, metrics;
  EXPECT_FALSE(ParseReadyLine("", &grpc, &http, &metrics));
  EXPECT_FALSE(ParseReadyLine("obs-aggregate: cannot listen", &grpc, &http, &metrics));
  EXPECT_FALSE(ParseReadyLine("obs-aggregate: ready grpc=127.0.0.1:9000", &grpc, &http, &metrics));
}

TEST(BenchTargetTest, OtherPortsAreOnTheSameHost) {
  EXPECT_EQ(UrlOfSameHost("example.com:9000", 8080), "http://example.com:8080");
  EXPECT_EQ(UrlOfSameHost("[::1]:9000", 9100), "http://[::1]:9100");
}

}  // namespace
}  // namespace obs
