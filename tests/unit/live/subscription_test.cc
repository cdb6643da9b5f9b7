#include "live/subscription.h"

#include "gtest/gtest.h"

namespace obs {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

std::string ErrorOf(const absl::StatusOr<Subscription>& result) {
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(result.status().message());
}

TEST(SubscriptionTest, WithoutParametersEverythingAtFullRateAsJson) {
  const auto subscription = SubscriptionFromQuery({});
  ASSERT_TRUE(subscription.ok());
  ASSERT_EQ(subscription->selectors.size(), 1u);
  EXPECT_EQ(subscription->selectors[0].text(), "*");
  EXPECT_EQ(subscription->rate_hz, 60);
  EXPECT_EQ(subscription->since_ns, 0);
  EXPECT_EQ(subscription->format, LiveFormat::kJson);
  EXPECT_TRUE(subscription->Matches({"anything", MetricKind::kGauge, "s", "i", {}}));
}

TEST(SubscriptionTest, EveryParameterIsTaken) {
  const auto subscription = SubscriptionFromQuery(Parameters{
      {"match", "up"}, {"rate", "4"}, {"since", "5m"}, {"format", "binary"}, {"match", "cpu_*{core=\"0\"}"}});
  ASSERT_TRUE(subscription.ok()) << subscription.status();
  EXPECT_EQ(subscription->rate_hz, 4);
  EXPECT_EQ(subscription->since_ns, 300'000'000'000);
  EXPECT_EQ(subscription->format, LiveFormat::kBinary);
  EXPECT_TRUE(subscription->Matches({"up", MetricKind::kGauge, "s", "i", {}}));
  EXPECT_TRUE(subscription->Matches({"cpu_user", MetricKind::kGauge, "s", "i", {{"core", "0"}}}));
  EXPECT_FALSE(subscription->Matches({"cpu_user", MetricKind::kGauge, "s", "i", {{"core", "1"}}}));
}

TEST(SubscriptionTest, OrderAndRepetitionOfSelectorsMakeNoOtherGroup) {
  const auto a = SubscriptionFromQuery(Parameters{{"match", "up"}, {"match", "down"}});
  const auto b = SubscriptionFromQuery(Parameters{{"match", "down"}, {"match", "up"}, {"match", "down"}});
  EXPECT_EQ(a->GroupKey(), b->GroupKey());
}

TEST(SubscriptionTest, RateFormatAndSelectorsMakeOtherGroupsAndSinceDoesNot) {
  const auto base = SubscriptionFromQuery(Parameters{{"match", "up"}})->GroupKey();
  EXPECT_NE(SubscriptionFromQuery(Parameters{{"match", "down"}})->GroupKey(), base);
  EXPECT_NE(SubscriptionFromQuery(Parameters{{"match", "up"}, {"rate", "1"}})->GroupKey(), base);
  EXPECT_NE(SubscriptionFromQuery(Parameters{{"match", "up"}, {"format", "binary"}})->GroupKey(), base);
  EXPECT_EQ(SubscriptionFromQuery(Parameters{{"match", "up"}, {"since", "1m"}})->GroupKey(), base);
}

TEST(SubscriptionTest, ErrorsNameTheParameter) {
  EXPECT_EQ(ErrorOf(SubscriptionFromQuery(Parameters{{"rate", "0"}})),
            "rate: 0 is not from 1 to 60 frames a second");
  EXPECT_EQ(ErrorOf(SubscriptionFromQuery(Parameters{{"rate", "61"}})),
            "rate: 61 is not from 1 to 60 frames a second");
  EXPECT_EQ(ErrorOf(SubscriptionFromQuery(Parameters{{"rate", "10x"}})),
            "rate: \"10x\" is not a whole number from 1 to 60");
  EXPECT_EQ(ErrorOf(SubscriptionFromQuery(Parameters{{"since", "5"}})),
            "since: \"5\" is not a duration; write for example 500ms, 10s or 5m");
  EXPECT_EQ(ErrorOf(SubscriptionFromQuery(Parameters{{"format", "xml"}})),
            "format: \"xml\" is not json or binary");
  EXPECT_EQ(ErrorOf(SubscriptionFromQuery(Parameters{{"macth", "up"}})),
            "unknown parameter \"macth\"; known are match, rate, since and format");
  EXPECT_TRUE(ErrorOf(SubscriptionFromQuery(Parameters{{"match", "up{"}})).starts_with("match: "));
  EXPECT_TRUE(ErrorOf(SubscriptionFromQuery(Parameters{{"match", ""}})).starts_with("match: "));
}

TEST(SubscriptionTest, TooManySelectorsAreRefused) {
  const Parameters many(65, {"match", "up"});
  EXPECT_EQ(ErrorOf(SubscriptionFromQuery(many)), "match: 65 selectors; at most 64 are allowed");
}

TEST(SubscriptionTest, MessageChangesWhatItNamesAndKeepsTheRest) {
  const auto current = SubscriptionFromQuery(Parameters{{"match", "up"}, {"rate", "4"}, {"since", "5m"}});
  const auto changed = SubscriptionFromMessage(R"({"match":["down","cpu_*"]})", *current);
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(changed->selectors.size(), 2u);
  EXPECT_EQ(changed->rate_hz, 4);
  EXPECT_EQ(changed->since_ns, 0) << "history was sent already";

  const auto all =
      SubscriptionFromMessage(R"({"match":"up","rate":60,"since":"1m","format":"binary"})", *changed);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->selectors[0].text(), "up");
  EXPECT_EQ(all->rate_hz, 60);
  EXPECT_EQ(all->since_ns, 60'000'000'000);
  EXPECT_EQ(all->format, LiveFormat::kBinary);
}

TEST(SubscriptionTest, BadMessagesAreErrors) {
  const Subscription current = *SubscriptionFromQuery({});
  EXPECT_EQ(ErrorOf(SubscriptionFromMessage("{\"match\":", current)), "not JSON: byte 10");
  EXPECT_EQ(ErrorOf(SubscriptionFromMessage("[1]", current)),
            "expected an object such as {\"match\":[\"*\"],\"rate\":60}");
  EXPECT_EQ(ErrorOf(SubscriptionFromMessage(R"({"match":[]})", current)),
            "match: expected an array of at least one selector");
  EXPECT_EQ(ErrorOf(SubscriptionFromMessage(R"({"match":[1]})", current)),
            "match: an array of selectors holds strings only");
  EXPECT_EQ(ErrorOf(SubscriptionFromMessage(R"({"rate":"4"})", current)), "rate: expected a whole number");
  EXPECT_EQ(ErrorOf(SubscriptionFromMessage(R"({"rate":1e99})", current)), "rate: expected a whole number");
  EXPECT_EQ(ErrorOf(SubscriptionFromMessage(R"({"since":5})", current)), "since: expected a string");
  EXPECT_EQ(ErrorOf(SubscriptionFromMessage(R"({"speed":5})", current)),
            "unknown field \"speed\"; known are match, rate, since and format");
}

TEST(SubscriptionTest, DeeplyNestedMessageIsAnErrorAndNoCrash) {
  const std::string deep = std::string(60'000, '[');
  EXPECT_FALSE(SubscriptionFromMessage(deep, *SubscriptionFromQuery({})).ok());
}

}  // namespace
}  // namespace obs
