// obs::Agent as its users see it, against an aggregator over real gRPC.
#include "obs/agent.h"

#include <chrono>
#include <map>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/fake_aggregator.h"
#include "support/wait_until.h"

namespace obs {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using testing::FakeAggregator;
using ::testing::HasSubstr;
using ::testing::Pair;
using testing::WaitUntil;

constexpr auto kLong = seconds(20);

Config ConfigFor(const std::string& address) {
  Config config;
  config.service_name = "shop";
  config.instance_id = "shop-1";
  config.aggregator_addr = address;
  config.push_interval = milliseconds(1);
  return config;
}

std::string AddressOfNobody() {
  FakeAggregator gone;
  return gone.address();
}

// The newest value of each series that arrived, by name.
std::map<std::string, double> Values(const FakeAggregator& aggregator) {
  std::map<std::uint32_t, std::string> names;
  std::map<std::string, double> values;
  for (const auto& one : aggregator.received()) {
    for (const auto& series : one.batch.series()) names[series.ref()] = series.name();
    for (const auto& columns : one.batch.columns()) {
      for (int i = 0; i < columns.refs_size(); ++i) values[names[columns.refs(i)]] = columns.values(i);
    }
    for (const auto& point : one.batch.histograms()) {
      values[names[point.ref()]] += static_cast<double>(point.histogram().sketch().count());
    }
  }
  return values;
}

TEST(AgentTest, EverythingRecordedArrives) {
  FakeAggregator aggregator;
  Agent agent(ConfigFor(aggregator.address()));
  EXPECT_TRUE(agent.Connect(kLong));
  EXPECT_TRUE(agent.Start());
  agent.RecordGauge("temperature", 21.5, {{"room", "b"}});
  agent.RecordCounter("orders_total", 2);
  agent.RecordCounter("orders_total", 3);
  agent.RecordHistogram("value_euros", 23.5);
  agent.counter("hits_total").Add(1);
  agent.gauge("depth").Set(7);
  agent.histogram("wait_seconds").Record(0.1);
  agent.shared_total("node_boots_total").Set(12);
  { const RequestTracker request = agent.TrackRequest(); }
  agent.RecordError("timeout");
  agent.Stop(kLong);

  const auto values = Values(aggregator);
  EXPECT_THAT(values, Contains(Pair("temperature", 21.5)));
  EXPECT_THAT(values, Contains(Pair("orders_total", 5)));
  EXPECT_THAT(values, Contains(Pair("value_euros", 1)));
  EXPECT_THAT(values, Contains(Pair("hits_total", 1)));
  EXPECT_THAT(values, Contains(Pair("depth", 7)));
  EXPECT_THAT(values, Contains(Pair("wait_seconds", 1)));
  EXPECT_THAT(values, Contains(Pair("node_boots_total", 12)));
  EXPECT_THAT(values, Contains(Pair("requests_total", 1)));
  EXPECT_THAT(values, Contains(Pair("requests_in_flight", 0)));
  EXPECT_THAT(values, Contains(Pair("request_duration_seconds", 1)));
  EXPECT_THAT(values, Contains(Pair("errors_total", 1)));
  const Stats stats = agent.stats();
  EXPECT_GE(stats.sent, 11u);
  EXPECT_EQ(stats.acknowledged, stats.sent);
  EXPECT_TRUE(stats.dropped.empty());
  EXPECT_EQ(stats.last_error, "");
}

TEST(AgentTest, ChangesArriveWithoutStopping) {
  FakeAggregator aggregator;
  Agent agent(ConfigFor(aggregator.address()));
  agent.Start();
  const Counter counter = agent.counter("c");
  for (int total = 1; total <= 3; ++total) {
    counter.Add(1);
    EXPECT_TRUE(WaitUntil([&] { return Values(aggregator)["c"] == total; }));
  }
}

TEST(AgentTest, RecordingBeforeStartIsSentOnceStarted) {
  FakeAggregator aggregator;
  Agent agent(ConfigFor(aggregator.address()));
  agent.RecordCounter("early", 4);
  agent.Start();
  agent.Stop(kLong);
  EXPECT_EQ(Values(aggregator)["early"], 4);
}

TEST(AgentTest, StoppedAgentStartsAgainWithItsTotals) {
  FakeAggregator aggregator;
  Agent agent(ConfigFor(aggregator.address()));
  agent.Start();
  agent.RecordCounter("c", 1);
  agent.Stop(kLong);
  agent.RecordCounter("c", 1);
  agent.Start();
  agent.Stop(kLong);
  EXPECT_EQ(Values(aggregator)["c"], 2);
}

TEST(AgentTest, DestructionSendsWhatIsLeft) {
  FakeAggregator aggregator;
  {
    Agent agent(ConfigFor(aggregator.address()));
    agent.Start();
    agent.RecordCounter("c", 5);
  }
  EXPECT_EQ(Values(aggregator)["c"], 5);
}

TEST(AgentTest, AggregatorThatIsAwayIsSaidAndLaterFound) {
  FakeAggregator first;
  const int port = first.port();
  first.Stop();
  Agent agent(ConfigFor(first.address()));
  const Result result = agent.Connect(kLong);
  EXPECT_FALSE(result);
  EXPECT_THAT(result.message, HasSubstr(first.address()));
  agent.Start();
  agent.RecordCounter("c", 1);
  ASSERT_TRUE(WaitUntil([&] { return agent.stats().last_error != ""; }));
  EXPECT_FALSE(agent.stats().connected);
  FakeAggregator second(FakeAggregator::Script{}, port);
  EXPECT_TRUE(WaitUntil([&] { return Values(second)["c"] == 1; }));
}

TEST(AgentTest, WrongKeyIsSaid) {
  FakeAggregator::Script script;
  script.key = "s3cret";
  FakeAggregator aggregator(script);
  Config config = ConfigFor(aggregator.address());
  config.api_key = "wrong";
  Agent agent(config);
  EXPECT_THAT(agent.Connect(kLong).message, HasSubstr("invalid key"));
  agent.Start();
  agent.RecordCounter("c", 1);
  EXPECT_TRUE(WaitUntil([&] { return agent.stats().last_error.find("invalid key") != std::string::npos; }));
}

TEST(AgentTest, KeyThatCannotBeSentFailsTheStart) {
  Config config = ConfigFor("127.0.0.1:1");
  config.api_key = "new\nline";
  Agent agent(config);
  EXPECT_THAT(agent.Start().message, HasSubstr("API key"));
}

TEST(AgentTest, LossesAreCountedAndReported) {
  FakeAggregator aggregator;
  Agent agent(ConfigFor(aggregator.address()));
  agent.RecordGauge("g", 0.0 / 0.0);
  agent.RecordCounter("", 1);
  EXPECT_THAT(agent.stats().dropped, Contains(Pair("not_finite", 1u)));
  EXPECT_THAT(agent.stats().dropped, Contains(Pair("invalid_name", 1u)));
  agent.Start();
  agent.Stop(kLong);
  const auto batches = aggregator.data();
  ASSERT_FALSE(batches.empty());
  EXPECT_THAT(batches.back().batch.report().dropped(), Contains(Pair("not_finite", 1u)));
}

TEST(AgentTest, StopReturnsSoonIfNobodyIsThere) {
  Agent agent(ConfigFor(AddressOfNobody()));
  agent.Start();
  agent.RecordCounter("c", 1);
  const auto before = std::chrono::steady_clock::now();
  agent.Stop(kLong);
  EXPECT_LT(std::chrono::steady_clock::now() - before, seconds(10));
}

TEST(AgentTest, DefaultsNameTheHostAndTheProcess) {
  const Agent agent;
  EXPECT_NE(agent.service_name(), "");
  EXPECT_THAT(agent.instance_id(), ::testing::MatchesRegex(".+-[0-9]+"));
}

TEST(AgentTest, StartingAndStoppingFromManyThreadsIsSafe) {
  FakeAggregator aggregator;
  Agent agent(ConfigFor(aggregator.address()));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5; ++round) {
        agent.Start();
        agent.RecordCounter("c", 1);
        agent.Stop(kLong);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  agent.Start();
  agent.Stop(kLong);
  EXPECT_EQ(Values(aggregator)["c"], 20);
}

}  // namespace
}  // namespace obs
