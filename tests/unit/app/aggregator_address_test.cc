#include "app/aggregator_address.h"

#include "gtest/gtest.h"

namespace obs {
namespace {

TEST(AggregatorAddressTest, HostWithPortIsAnAddress) {
  for (const char* text : {"localhost:9000", "10.0.0.1:1", "[::1]:9000", "metrics.example.com:65535"}) {
    EXPECT_TRUE(CheckAggregatorAddress(text).ok()) << text;
  }
}

TEST(AggregatorAddressTest, AnythingElseIsRefusedByQuotingIt) {
  for (const char* text : {"", "localhost", ":9000", "localhost:", "localhost:0", "localhost:65536",
                           "localhost:9x", "::1:9000", "http://localhost:9000", "a b:9000"}) {
    const absl::Status status = CheckAggregatorAddress(text);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << text;
    EXPECT_NE(std::string::npos, std::string(status.message()).find('"' + std::string(text) + '"')) << text;
  }
}

}  // namespace
}  // namespace obs
