#include "live/client.h"

#include "gtest/gtest.h"

namespace obs {
namespace {

TEST(LiveClientTest, QueryAsksForWhatTheOptionsSay) {
  LiveClientOptions options;
  EXPECT_EQ(LiveTarget("/ws", options), "/ws?rate=60");
  options.selectors = {"cpu{core=~\"0|1\"}", "*"};
  options.rate_hz = 4;
  options.since_ns = 300 * kNanosPerSecond;
  options.format = LiveFormat::kBinary;
  EXPECT_EQ(LiveTarget("/ws", options),
            "/ws?match=cpu%7Bcore%3D~%220%7C1%22%7D&match=%2A&rate=4&since=5m&format=binary");
}

TEST(LiveClientTest, UrlMayLackThePathOrHaveAQuery) {
  EXPECT_EQ(LiveTarget("/", {}), "/ws?rate=60");
  EXPECT_EQ(LiveTarget("/proxy/ws?token=1", {}), "/proxy/ws?token=1&rate=60");
}

TEST(LiveClientTest, BadUrlsAreErrors) {
  for (const char* url : {"", "localhost:8080", "http://localhost:8080", "wss://localhost", "ws://"}) {
    LiveClientOptions options;
    options.url = url;
    EXPECT_EQ(LiveClient(options).Connect().code(), absl::StatusCode::kInvalidArgument) << url;
  }
}

TEST(LiveClientTest, InterruptedCallsEnd) {
  LiveClientOptions options;
  options.interrupted = [] { return true; };
  EXPECT_EQ(LiveClient(options).Connect().code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace obs
