#include "live/watch_key.h"

#include "gtest/gtest.h"

namespace obs {
namespace {

HttpRequest With(std::vector<std::pair<std::string, std::string>> headers) {
  HttpRequest request;
  request.headers = std::move(headers);
  return request;
}

TEST(WatchKeyTest, KeyComesFromEitherHeader) {
  EXPECT_EQ(PresentedWatchKey(With({{"Authorization", "Bearer secret"}})), "secret");
  EXPECT_EQ(PresentedWatchKey(With({{"x-api-key", "secret"}})), "secret");
  EXPECT_EQ(PresentedWatchKey(With({})), "");
}

TEST(WatchKeyTest, KeyComesFromASubprotocolWhereHeadersCannotBeSet) {
  const HttpRequest request =
      With({{"Sec-WebSocket-Protocol", "obs, " + KeySubprotocol("s3cr/et+\xff key")}});
  EXPECT_EQ(PresentedWatchKey(request), "s3cr/et+\xff key");
  EXPECT_TRUE(OffersLiveSubprotocol(request));
}

TEST(WatchKeyTest, KeySubprotocolIsAToken) {
  EXPECT_EQ(KeySubprotocol("secret"), "obs.key.c2VjcmV0");
  EXPECT_EQ(KeySubprotocol("a").find('='), std::string::npos);
}

TEST(WatchKeyTest, SubprotocolsMayComeInSeveralHeaders) {
  const HttpRequest request = With({{"Sec-WebSocket-Protocol", "chat"},
                                    {"sec-websocket-protocol", "obs"},
                                    {"Sec-WebSocket-Protocol", "obs.key.YQ"}});
  EXPECT_EQ(PresentedWatchKey(request), "a");
  EXPECT_TRUE(OffersLiveSubprotocol(request));
}

TEST(WatchKeyTest, WhatIsNoBase64IsNoKey) {
  EXPECT_EQ(PresentedWatchKey(With({{"Sec-WebSocket-Protocol", "obs.key.!!"}})), "");
  EXPECT_FALSE(OffersLiveSubprotocol(With({{"Sec-WebSocket-Protocol", "obs.key.YQ"}})));
}

TEST(WatchKeyTest, HeadersComeFirst) {
  EXPECT_EQ(PresentedWatchKey(With({{"Sec-WebSocket-Protocol", KeySubprotocol("b")}, {"X-Api-Key", "a"}})),
            "a");
}

}  // namespace
}  // namespace obs
