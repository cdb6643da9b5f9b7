#include "app/check/checks.h"

#include "app/check/options.h"
#include "base/host_name.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using testing::HasSubstr;

ServerStatus StatusOf(std::vector<ServerStatus::Producer> producers) {
  ServerStatus status;
  status.time_ms = 1'000'000;
  status.producers = std::move(producers);
  return status;
}

TEST(NodesOfTest, ANodeLivesWhileItIsConnectedAndSpeaks) {
  const auto nodes = NodesOf(StatusOf({{"api", "connected", true, true, 999'000},
                                       {"api", "hung", true, true, 900'000},
                                       {"api", "gone", false, true, 999'000},
                                       {"api", "simple", false, false, 999'000},
                                       {"obs-check", "h", true, true, 999'000}}));
  ASSERT_EQ(nodes.size(), 4u);
  for (const HeardNode& node : nodes) {
    EXPECT_EQ(node.is_live, node.instance == "connected" || node.instance == "simple") << node.instance;
  }
}

TEST(NodesOfTest, ARestartedNodeIsOneAndLives) {
  const auto nodes =
      NodesOf(StatusOf({{"api", "1", false, true, 990'000}, {"api", "1", true, true, 999'000}}));
  ASSERT_EQ(nodes.size(), 1u);
  EXPECT_TRUE(nodes[0].is_live);
  EXPECT_EQ(nodes[0].age_ms, 1000);
}

TEST(NodesOfTest, TheClockOfANodeIsThatOfItsLiveProducerFurthestOff) {
  const auto nodes = NodesOf(StatusOf({{"api", "1", false, true, 999'000, 90'000},
                                       {"api", "1", true, true, 999'000, 20},
                                       {"api", "1", true, true, 999'000, -30'000},
                                       {"api", "2", true, true, 999'000, std::nullopt}}));
  ASSERT_EQ(nodes.size(), 2u);
  EXPECT_EQ(nodes[0].clock_offset_seconds, -30);
  EXPECT_EQ(nodes[1].clock_offset_seconds, std::nullopt);
}

// What is said of one node whose newest samples are dated `offset_seconds` after their receipt.
CheckResult JudgeOne(double offset_seconds) {
  return JudgeClocks({{"api", "1", true, 0, offset_seconds}}, 1);
}

TEST(JudgeClocksTest, ClocksAreWellUpToTheLimitAndTheUsualDelay) {
  for (const double offset : {0.9, 0.0, -0.4, -1.4}) {
    EXPECT_EQ(JudgeOne(offset).status, CheckStatus::kOk) << offset;
  }
  EXPECT_EQ(JudgeOne(-0.4).measured, "1 clock at most 1.0 s off the aggregator's");
  EXPECT_EQ(JudgeOne(-0.4).measures.at(0).value, 0);
}

TEST(JudgeClocksTest, AheadAndBehindAreToldApart) {
  const CheckResult ahead = JudgeOne(30);
  EXPECT_EQ(ahead.status, CheckStatus::kWarn);
  EXPECT_EQ(ahead.measured, "api/1 is 30.0 s ahead");
  EXPECT_EQ(ahead.measures.at(0).value, 30);
  const CheckResult behind = JudgeOne(-30);
  EXPECT_EQ(behind.status, CheckStatus::kWarn);
  EXPECT_EQ(behind.measured, "api/1 is 30.0 s behind");
  EXPECT_EQ(behind.measures.at(0).value, -29.5);
}

TEST(JudgeClocksTest, FarOffFails) {
  EXPECT_EQ(JudgeOne(61).status, CheckStatus::kFail);
  EXPECT_EQ(JudgeOne(-61).status, CheckStatus::kFail);
}

TEST(JudgeClocksTest, WhoSendsNoTimesIsCounted) {
  const CheckResult result =
      JudgeClocks({{"api", "1", true, 0, 0.1}, {"api", "2", true, 0, std::nullopt}}, 1);
  EXPECT_EQ(result.measured, "1 clock at most 1.0 s off the aggregator's; 1 sent no times to tell by");
}

std::string ErrorOf(std::string_view page) {
  ExpositionFacts facts;
  return std::string(ReadExposition(page, &facts).message());
}

TEST(ReadExpositionTest, FindsWhatItIsAbout) {
  ExpositionFacts facts;
  const std::string page = fmt::format(
      "# HELP telemetry_scrapes_total Scrapes.\n# TYPE telemetry_scrapes_total counter\n"
      "telemetry_scrapes_total 7\ntelemetry_start_time_seconds 1.5e9\n"
      "obs_check_probe{{instance=\"{}\",service=\"obs-check\"}} 3\n"
      "obs_check_probe{{instance=\"another host\",service=\"obs-check\"}} 4\n",
      HostName());
  EXPECT_TRUE(ReadExposition(page, &facts).ok());
  EXPECT_EQ(facts.samples, 4u);
  EXPECT_EQ(facts.scrapes, 7);
  EXPECT_EQ(facts.start_time, 1.5e9);
  EXPECT_EQ(facts.probe, 3);
}

TEST(ReadExpositionTest, SaysWhichLineIsBad) {
  EXPECT_THAT(ErrorOf("a 1\nb{c=\"d} 2\n"), HasSubstr("line 2: column"));
  EXPECT_EQ(ErrorOf("a{b=\"c\"} 1\na{b=\"c\"} 2\n"), R"(line 2: "a{b=\"c\"}" is there twice)");
  EXPECT_EQ(ErrorOf("a 1"), "the last line has no end");
}

class CheckOptionsTest : public testing::Test {
 protected:
  std::string Error() const { return std::string(CheckTheOptions(options_).message()); }

  CheckOptions options_;
};

TEST_F(CheckOptionsTest, DefaultsAreWell) {
  EXPECT_EQ(Error(), "");
  EXPECT_EQ(DefaultHttpUrl(nullptr), "http://localhost:8080");
  EXPECT_EQ(DefaultHttpUrl("[::1]:9000"), "http://[::1]:8080");
}

TEST_F(CheckOptionsTest, BadUrlsNameTheirOption) {
  options_.url = "ws://localhost/ws";
  EXPECT_THAT(Error(), HasSubstr("--url: "));
  options_.url = "http://localhost:8080";
  options_.prometheus_url = "localhost:9090";
  EXPECT_THAT(Error(), HasSubstr("--prometheus: "));
}

TEST_F(CheckOptionsTest, BadNamesAreQuoted) {
  options_.expect_nodes = {"/x"};
  EXPECT_THAT(Error(), HasSubstr("\"/x\" is not SERVICE/INSTANCE"));
  options_.expect_nodes = {};
  options_.skip = {"clock"};
  EXPECT_THAT(Error(), HasSubstr("no check \"clock\""));
  options_.skip = {};
  options_.assertions = {"p99("};
  EXPECT_THAT(Error(), HasSubstr("assertion \"p99(\": column 5: expected a metric"));
  options_.assertions = {};
  options_.for_ns = 1;
  EXPECT_THAT(Error(), HasSubstr("--assert"));
}

}  // namespace
}  // namespace obs
