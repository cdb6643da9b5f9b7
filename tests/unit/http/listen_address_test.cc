#include "http/listen_address.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

TEST(ListenAddressTest, ParsesAndPrintsTheSame) {
  for (const char* text : {"127.0.0.1:8080", "[::1]:9000", "localhost:0", "0.0.0.0:65535", "[::]:1"}) {
    const auto address = ListenAddress::Parse(text);
    ASSERT_TRUE(address.ok()) << address.status();
    EXPECT_EQ(address->ToString(), text);
  }
  EXPECT_EQ(*ListenAddress::Parse("[::1]:9000"), (ListenAddress{"::1", 9000}));
}

TEST(ListenAddressTest, RefusesTheRestAndQuotesIt) {
  for (const char* text : {"", "localhost", ":8080", "host:", "host:65536", "host:-1", "host:80x", "::1:80",
                           "[::1]", "[::1:80", "[host]:80", "[]:80", "a b:80", "http://host:80"}) {
    const auto address = ListenAddress::Parse(text);
    ASSERT_EQ(address.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(address.status().message()),
                ::testing::StartsWith("\"" + std::string(text) + "\" is not"));
  }
}

TEST(ListenAddressTest, KnowsLoopback) {
  for (const char* host : {"127.0.0.1", "127.1.2.3", "::1", "localhost", "LocalHost", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(IsLoopback(host)) << host;
  }
  for (const char* host :
       {"0.0.0.0", "::", "10.0.0.1", "example.org", "", "::ffff:10.0.0.1", "127.0.0.1.nip.io"}) {
    EXPECT_FALSE(IsLoopback(host)) << host;
  }
}

}  // namespace
}  // namespace obs
