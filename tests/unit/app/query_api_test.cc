#include "app/query_api.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "support/fake_clock.h"

namespace obs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Json = nlohmann::json;
using QueryParameters = std::vector<std::pair<std::string, std::string>>;

constexpr std::int64_t kTtlNanos = 10 * kNanosPerSecond;

class QueryApiTest : public ::testing::Test {
 protected:
  // Samples of web/w1, now.
  void Gauge(std::string_view name, double value, const LabelSet& labels = {}) {
    Record(name, MetricKind::kGauge, labels,
           [&](NodeWriter& writer, Series& series) { writer.SetGauge(series, clock_.NowNanos(), value); });
  }
  void Histogram(std::string_view name, const std::vector<double>& values) {
    Record(name, MetricKind::kHistogram, {}, [&](NodeWriter& writer, Series& series) {
      for (const double value : values) writer.Observe(series, clock_.NowNanos(), value);
    });
  }

  template <typename Apply>
  void Record(std::string_view name, MetricKind kind, const LabelSet& labels, Apply&& apply) {
    const auto node = store_.GetOrCreateNode("web", "w1");
    NodeWriter writer(*node, clock_.NowNanos());
    Refusal refusal;
    apply(writer, *writer.Resolve(name, kind, labels, nullptr, &refusal));
  }

  // A gauge that has the values 0, 1 ... one a second, the last of them now.
  void GaugeOverTime(std::string_view name, int count) {
    for (int i = 0; i < count; ++i) {
      if (i > 0) clock_.Advance(kNanosPerSecond);
      Gauge(name, i);
    }
  }

  HttpResponse Call(HttpResponse (QueryApi::*method)(const HttpRequest&) const, QueryParameters query) const {
    HttpRequest request;
    request.query = std::move(query);
    return (api_.*method)(request);
  }
  Json ListSeries(QueryParameters query = {}) const {
    return Body(Call(&QueryApi::ListSeries, std::move(query)));
  }
  Json ReadHistory(QueryParameters query = {}) const {
    return Body(Call(&QueryApi::ReadHistory, std::move(query)));
  }
  static Json Body(const HttpResponse& response) {
    EXPECT_EQ(200, response.status);
    EXPECT_EQ("application/json", response.content_type);
    return Json::parse(*response.body);
  }

  static std::vector<std::string> Names(const Json& body) {
    std::vector<std::string> names;
    for (const Json& series : body.at("series")) names.push_back(series.at("name"));
    return names;
  }
  // Of the only series.
  static std::vector<double> Values(const Json& body) {
    std::vector<double> values;
    for (const Json& point : body.at("series").at(0).at("points")) values.push_back(point.at(1));
    return values;
  }
  double NowMillis() const { return static_cast<double>(clock_.NowNanos() / 1'000) / 1e3; }

  FakeClock clock_;
  Store store_{{.series_ttl_ns = kTtlNanos}, clock_};
  const QueryApi api_{store_, clock_};
};

TEST_F(QueryApiTest, EmptyStoreHasNoSeries) {
  EXPECT_EQ(Json::parse(R"({"series":[],"matched":0,"truncated":false})"), ListSeries());
  EXPECT_EQ(Json::parse(R"({"series":[],"matched":0,"truncated":false})"), ReadHistory());
}

TEST_F(QueryApiTest, SeriesAreListedByNameWithTheirNewestValue) {
  Gauge("b", 1);
  Gauge("a", 2, {{"core", "0"}});
  clock_.Advance(kNanosPerSecond);
  Gauge("b", 3);
  const Json body = ListSeries();
  EXPECT_THAT(Names(body), ElementsAre("a", "b"));
  EXPECT_EQ(2, body.at("matched"));
  EXPECT_EQ(false, body.at("truncated"));
  EXPECT_EQ((Json{{"name", "b"},
                  {"service", "web"},
                  {"instance", "w1"},
                  {"labels", Json::object()},
                  {"kind", "gauge"},
                  {"timestamp", NowMillis()},
                  {"value", 3}}),
            body.at("series").at(1));
  EXPECT_EQ((Json{{"core", "0"}}), body.at("series").at(0).at("labels"));
}

TEST_F(QueryApiTest, WhatAnyOfTheSelectorsMatchesIsListedOnce) {
  Gauge("cpu", 1, {{"core", "0"}});
  Gauge("cpu", 1, {{"core", "1"}});
  Gauge("load", 1);
  Gauge("memory", 1);
  EXPECT_THAT(
      Names(ListSeries({{"match", "cpu{core=\"1\"}"}, {"match", "{core=~\"1|2\"}"}, {"match", "lo*"}})),
      ElementsAre("cpu", "load"));
}

TEST_F(QueryApiTest, LimitCutsTheAnswerWhichSaysSo) {
  for (const char* name : {"c", "a", "b"}) Gauge(name, 1);
  for (const Json& body : {ListSeries({{"limit", "2"}}), ReadHistory({{"limit", "2"}})}) {
    EXPECT_THAT(Names(body), ElementsAre("a", "b"));
    EXPECT_EQ(3, body.at("matched"));
    EXPECT_EQ(true, body.at("truncated"));
  }
  EXPECT_EQ(false, ListSeries({{"limit", "3"}}).at("truncated"));
}

TEST_F(QueryApiTest, ExpiredSeriesIsNoLongerListedButHasItsHistory) {
  Gauge("a", 1);
  clock_.Advance(2 * kTtlNanos);
  store_.Sweep();
  EXPECT_THAT(Names(ListSeries()), IsEmpty());
  EXPECT_THAT(Values(ReadHistory()), ElementsAre(1));
}

TEST_F(QueryApiTest, HistogramHasTotalsAndStatisticsOfItsWindow) {
  Histogram("h", {1, 2, 3});
  for (const Json& state :
       {ListSeries().at("series").at(0), ReadHistory().at("series").at(0).at("points").at(0)}) {
    EXPECT_EQ(3, state.at("count"));
    EXPECT_EQ(6, state.at("sum"));
    EXPECT_EQ(1, state.at("min"));
    EXPECT_EQ(3, state.at("max"));
    EXPECT_NEAR(2, state.at("p50").get<double>(), 0.02);
    EXPECT_EQ(3u, state.at("buckets").size());
    EXPECT_EQ(NowMillis(), state.at("timestamp"));
  }
}

TEST_F(QueryApiTest, HistoryIsWhatLiesAfterSinceAndUpToUntil) {
  GaugeOverTime("a", 6);
  EXPECT_THAT(Values(ReadHistory()), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(Values(ReadHistory({{"since", "2s"}})), ElementsAre(4, 5));
  EXPECT_THAT(Values(ReadHistory({{"since", "4s"}, {"until", "2s"}})), ElementsAre(2, 3));
}

TEST_F(QueryApiTest, TimesMayBeUnixMilliseconds) {
  GaugeOverTime("a", 6);
  const auto millis_ago = [this](int millis) {
    return std::to_string(clock_.NowNanos() / kNanosPerMilli - millis);
  };
  EXPECT_THAT(Values(ReadHistory({{"since", millis_ago(2500)}})), ElementsAre(3, 4, 5));
  EXPECT_THAT(Values(ReadHistory({{"until", millis_ago(2500)}})), ElementsAre(0, 1, 2));
}

TEST_F(QueryApiTest, StepLeavesTheNewestPointOfEachSpan) {
  GaugeOverTime("a", 7);  // from :43 to :49
  EXPECT_THAT(Values(ReadHistory({{"step", "5s"}})), ElementsAre(1, 6));
  EXPECT_THAT(Values(ReadHistory({{"step", ""}})), ElementsAre(0, 1, 2, 3, 4, 5, 6));
}

TEST_F(QueryApiTest, PointsAreTimeAndValue) {
  Gauge("a", 1.5);
  EXPECT_EQ((Json{NowMillis(), 1.5}), ReadHistory().at("series").at(0).at("points").at(0));
}

TEST_F(QueryApiTest, BadParametersAreRefusedByName) {
  const std::vector<std::pair<std::string, std::string>> bad{
      {"match", "{"},    {"match", ""},  {"limit", "0"},    {"limit", "-1"},
      {"limit", "many"}, {"since", "x"}, {"since", "1999"}, {"until", "-5s"},
      {"step", "-1s"},   {"step", "5"},  {"macth", "a"}};
  for (const auto& [name, value] : bad) {
    const HttpResponse response = Call(&QueryApi::ReadHistory, {{name, value}});
    EXPECT_EQ(400, response.status) << name << '=' << value;
    EXPECT_THAT(Json::parse(*response.body).at("error").get<std::string>(), HasSubstr('"' + name + '"'));
  }
}

TEST_F(QueryApiTest, WhatIsForHistoryOnlyIsNotForTheList) {
  EXPECT_EQ(400, Call(&QueryApi::ListSeries, {{"since", "5m"}}).status);
}

TEST_F(QueryApiTest, SamplesAreTheNewestRawOnesOfAMetric) {
  Gauge("a", 1, {{"core", "0"}});
  Gauge("a", 2, {{"core", "1"}});
  Gauge("b", 9);
  clock_.Advance(kNanosPerMilli);  // history keeps one of both
  Gauge("a", 3, {{"core", "1"}});
  const Json body = Body(Call(&QueryApi::ReadSamples, {{"metric", "a"}}));
  EXPECT_EQ("a", body.at("metric"));
  EXPECT_EQ(3, body.at("written"));
  ASSERT_EQ(2u, body.at("series").size());
  EXPECT_EQ((Json{{"core", "1"}}), body.at("series").at(1).at("labels"));
  EXPECT_EQ((Json{{NowMillis() - 1, 1, 0}, {NowMillis() - 1, 2, 1}, {NowMillis(), 3, 1}}),
            body.at("samples"));
  EXPECT_EQ((Json{{NowMillis(), 3, 1}}),
            Body(Call(&QueryApi::ReadSamples, {{"metric", "a"}, {"limit", "1"}})).at("samples"));
}

TEST_F(QueryApiTest, MetricThatNobodySendsHasNoSamples) {
  EXPECT_EQ(Json::parse(R"({"metric":"a","written":0,"series":[],"samples":[]})"),
            Body(Call(&QueryApi::ReadSamples, {{"metric", "a"}})));
}

TEST_F(QueryApiTest, SamplesNeedTheNameOfAMetric) {
  EXPECT_EQ(400, Call(&QueryApi::ReadSamples, {}).status);
  EXPECT_EQ(400, Call(&QueryApi::ReadSamples, {{"metric", "a"}, {"limit", "0"}}).status);
  EXPECT_EQ(400, Call(&QueryApi::ReadSamples, {{"metric", "a"}, {"match", "a"}}).status);
}

}  // namespace
}  // namespace obs
