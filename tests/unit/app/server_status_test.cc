#include "app/server_status.h"

#include "gtest/gtest.h"

namespace obs {
namespace {

TEST(ServerStatusTest, HasTheAccountOfEachInstance) {
  const auto status = ParseServerStatus(R"({
    "version": "1.2.3", "time": 1750000000000, "uptime_seconds": 60.5, "ports": {"grpc": 1, "metrics": 2},
    "process": {"cpu_seconds": 1.5, "resident_bytes": 1000},
    "store": {"memory_bytes": 500, "series": 7},
    "live": {"watchers": 1, "frames_sent": 2, "frames_skipped": 3, "ticks": 4, "ticks_missed": 5,
             "tick_lateness_p50_ms": 0.5, "tick_lateness_p99_ms": 1.5,
             "tick_duration_p50_ms": 0.25, "tick_duration_p99_ms": 0.75},
    "ledger": {"sent": 10, "accepted": 6, "duplicate": 1, "rejected": {"not_finite": 1, "stale": 1},
               "dropped": {"buffer_full": 1}, "difference": 0},
    "nodes": [{"service": "s", "instance": "i", "sent": 10, "accepted": 6, "duplicate": 1,
               "rejected": {"not_finite": 1, "stale": 1}, "dropped": {"buffer_full": 1}, "difference": 0}],
    "producers": [{"service": "s", "instance": "i", "connected": true, "reports": true, "last_seen": 1,
                   "clock_offset_ms": -1.5},
                  {"service": "s", "instance": "j", "connected": true, "reports": true, "last_seen": 1,
                   "clock_offset_ms": null}]})");
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(status->cpu_seconds, 1.5);
  EXPECT_EQ(status->live.tick_lateness_p99_ms, 1.5);
  EXPECT_EQ(status->live.tick_duration_p99_ms, 0.75);
  EXPECT_EQ(status->metrics_port, 2);
  ASSERT_EQ(status->producers.size(), 2u);
  EXPECT_EQ(status->producers[0].clock_offset_ms, -1.5);
  EXPECT_EQ(status->producers[1].clock_offset_ms, std::nullopt);
  EXPECT_TRUE(status->producers[0].connected);
  EXPECT_EQ(status->Find("s", "other"), nullptr);
  const ServerStatus::Account* account = status->Find("s", "i");
  ASSERT_NE(account, nullptr);
  EXPECT_EQ(account->sent, 10u);
  EXPECT_EQ(account->rejected, 2u);
  EXPECT_EQ(account->dropped, 1u);
  EXPECT_EQ(account->losses.size(), 3u);
  EXPECT_EQ(status->total.sent, 10u);
}

TEST(ServerStatusTest, AnythingElseIsAnError) {
  EXPECT_FALSE(ParseServerStatus("").ok());
  EXPECT_FALSE(ParseServerStatus("{}").ok());
  EXPECT_FALSE(ParseServerStatus(R"({"process": 3})").ok());
}

}  // namespace
}  // namespace obs
