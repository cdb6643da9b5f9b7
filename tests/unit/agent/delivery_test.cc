// The client against the real receiver: what was recorded is what is stored, once, and the ledger balances.
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "ingest/server.h"
#include "obs/agent.h"
#include "support/wait_until.h"
#include "unit/ingest/ingest_fixture.h"

namespace obs {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::WaitUntil;

constexpr auto kLong = seconds(20);

class AgentDeliveryTest : public IngestFixture {
 protected:
  void SetUp() override {
    clock_.Set(Clock::System().NowNanos());
    MakeIngestor();
    Listen(0);
  }

  // The server comes and goes; ingestor, ledger and store stay.
  void Listen(std::uint16_t port) {
    auto server = IngestServer::Start({.port = port}, *ingestor_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  void Restart() {
    const std::uint16_t port = server_->port();
    server_.reset();
    Listen(port);
  }

  Config AgentConfig() const {
    Config config;
    config.service_name = "shop";
    config.instance_id = "shop-1";
    config.aggregator_addr = server_->address();
    config.push_interval = milliseconds(1);
    return config;
  }

  void ExpectBalance(const Stats& stats) {
    const LedgerTotals totals = ingestor_->ledger().Snapshot().totals;
    EXPECT_EQ(totals.Difference(), 0);
    EXPECT_EQ(totals.sent - totals.samples.resent, stats.sent);
    EXPECT_EQ(totals.samples.accepted + totals.samples.stale, stats.acknowledged);
    EXPECT_EQ(totals.samples.RejectedTotal(), 0u);
  }

  std::unique_ptr<IngestServer> server_;
};

TEST_F(AgentDeliveryTest, WhatIsRecordedIsStored) {
  Agent agent(AgentConfig());
  ASSERT_TRUE(agent.Connect(kLong));
  agent.Start();
  agent.RecordCounter("orders_total", 3, {{"currency", "EUR"}});
  agent.RecordGauge("depth", 7.5);
  for (int i = 1; i <= 100; ++i) agent.RecordHistogram("latency_seconds", i);
  agent.Stop(kLong);
  EXPECT_EQ(Value("orders_total", "currency=EUR"), 3);
  EXPECT_EQ(Value("depth"), 7.5);
  EXPECT_EQ(Histogram("latency_seconds").count, 100u);
  EXPECT_EQ(Histogram("latency_seconds").sum, 5050);
  ExpectBalance(agent.stats());
}

TEST_F(AgentDeliveryTest, NothingIsLostOrCountedTwiceOverRestartsOfTheServer) {
  Agent agent(AgentConfig());
  agent.Start();
  constexpr int kThreads = 2;
  constexpr int kRecordings = 30'000;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kRecordings; ++n) {
        agent.RecordCounter("orders_total", 1);
        agent.RecordHistogram("latency_seconds", 1);
        if (n % 100 == 0) std::this_thread::yield();
      }
    });
  }
  for (int i = 0; i < 3; ++i) {
    const std::uint64_t before = agent.stats().acknowledged;
    agent.RecordCounter("restarts_total", 1);
    ASSERT_TRUE(WaitUntil([&] { return agent.stats().acknowledged > before; }));
    Restart();
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(WaitUntil([&] { return agent.stats().connected; }));
  agent.Stop(kLong);
  EXPECT_EQ(Value("orders_total"), kThreads * kRecordings);
  EXPECT_EQ(Histogram("latency_seconds").count, static_cast<std::uint64_t>(kThreads * kRecordings));
  EXPECT_EQ(Value("restarts_total"), 3);
  EXPECT_TRUE(agent.stats().dropped.empty());
  ExpectBalance(agent.stats());
}

TEST_F(AgentDeliveryTest, LedgerBalancesWhenTheBufferOverflowsWhileTheServerIsAway) {
  Config config = AgentConfig();
  config.buffer_size = 20;
  Agent agent(config);
  agent.Start();
  agent.RecordCounter("c", 1);
  ASSERT_TRUE(WaitUntil([&] { return agent.stats().acknowledged > 0; }));
  const std::uint16_t port = server_->port();
  server_.reset();
  const Gauge gauge = agent.gauge("g");
  double value = 0;
  ASSERT_TRUE(WaitUntil([&] {
    gauge.Set(++value);
    return agent.stats().dropped.contains("buffer_full");
  }));
  Listen(port);
  ASSERT_TRUE(WaitUntil([&] { return agent.stats().connected; }));
  gauge.Set(-1);
  agent.Stop(kLong);
  EXPECT_EQ(Value("g"), -1);
  const LedgerTotals totals = ingestor_->ledger().Snapshot().totals;
  EXPECT_EQ(totals.Difference(), 0);
  EXPECT_GT(totals.DroppedTotal(), 0u);
  EXPECT_EQ(totals.DroppedTotal(), agent.stats().dropped.at("buffer_full"));
}

TEST_F(AgentDeliveryTest, LedgerKnowsOfLossesOnRecording) {
  Agent agent(AgentConfig());
  agent.Start();
  agent.RecordGauge("g", 0.0 / 0.0);
  agent.RecordGauge("g", 1);
  agent.Stop(kLong);
  const LedgerTotals totals = ingestor_->ledger().Snapshot().totals;
  EXPECT_EQ(totals.sent, 2u);
  EXPECT_EQ(totals.samples.accepted, 1u);
  EXPECT_EQ(totals.dropped.at("not_finite"), 1u);
  EXPECT_EQ(totals.Difference(), 0);
}

}  // namespace
}  // namespace obs
