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

TEST(ServerStatusTest, HasTheAccountOfEachInstance) {
  const auto status = ParseServerStatus(R"({
    "process": {"cpu_seconds": 1.5, "resident_bytes": 1000},
    "store": {"memory_bytes": 500, "series": 7},
    "live": {"watchers": 1, "frames_sent": 2, "frames_skipped": 3, "ticks": 4, "ticks_missed": 5,
             "tick_lateness_p50_ms": 0.5, "tick_lateness_p99_ms": 1.5,
             "tick_duration_p50_ms": 0.25, "tick_duration_p99_ms": 0.75},
    "nodes": [{"service": "s", "instance": "i", "sent": 10, "accepted": 6, "duplicate": 1,
               "rejected": {"not_finite": 1, "stale": 1}, "dropped": {"buffer_full": 1}, "difference": 0}]})");
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(status->cpu_seconds, 1.5);
  EXPECT_EQ(status->live.tick_lateness_p99_ms, 1.5);
  EXPECT_EQ(status->live.tick_duration_p99_ms, 0.75);
  EXPECT_EQ(status->Find("s", "other"), nullptr);
  const ServerStatus::Account* account = status->Find("s", "i");
  ASSERT_NE(account, nullptr);
  EXPECT_EQ(account->sent, 10u);
  EXPECT_EQ(account->rejected, 2u);
  EXPECT_EQ(account->dropped, 1u);
}

TEST(ServerStatusTest, AnythingElseIsAnError) {
  EXPECT_FALSE(ParseServerStatus("").ok());
  EXPECT_FALSE(ParseServerStatus("{}").ok());
  EXPECT_FALSE(ParseServerStatus(R"({"process": 3})").ok());
}

TEST(BenchTargetTest, OtherPortsAreOnTheSameHost) {
  EXPECT_EQ(UrlOfSameHost("example.com:9000", 8080), "http://example.com:8080");
  EXPECT_EQ(UrlOfSameHost("[::1]:9000", 9100), "http://[::1]:9100");
}

}  // namespace
}  // namespace obs
