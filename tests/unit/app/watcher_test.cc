#include "app/watcher.h"

#include "gtest/gtest.h"

namespace obs {
namespace {

TEST(WatcherTest, LiveViewIsWhereTheAggregatorIs) {
  EXPECT_EQ(DefaultLiveUrl(nullptr), "ws://localhost:8080/ws");
  EXPECT_EQ(DefaultLiveUrl(""), "ws://localhost:8080/ws");
  EXPECT_EQ(DefaultLiveUrl("metrics.example:9000"), "ws://metrics.example:8080/ws");
  EXPECT_EQ(DefaultLiveUrl("[::1]:9000"), "ws://[::1]:8080/ws");
  EXPECT_EQ(DefaultLiveUrl("[::1]"), "ws://[::1]:8080/ws");
}

}  // namespace
}  // namespace obs
