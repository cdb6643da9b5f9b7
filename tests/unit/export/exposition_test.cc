#include "export/exposition.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/fake_clock.h"
#include "support/golden.h"

namespace obs {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ExpositionTest : public ::testing::Test {
 protected:
  // The series of node api/a1, after a first sample.
  SeriesPtr Gauge(std::string_view name, double value, const LabelSet& labels = {}) {
    return Record(name, MetricKind::kGauge, labels, [&](NodeWriter& writer, Series& series) {
      writer.SetGauge(series, clock_.NowNanos(), value);
    });
  }
  SeriesPtr Counter(std::string_view name, double growth, const LabelSet& labels = {}) {
    return Record(name, MetricKind::kCounter, labels, [&](NodeWriter& writer, Series& series) {
      writer.Increment(series, clock_.NowNanos(), growth);
    });
  }
  SeriesPtr Histogram(std::string_view name, const std::vector<double>& values, const LabelSet& labels = {}) {
    return Record(name, MetricKind::kHistogram, labels, [&](NodeWriter& writer, Series& series) {
      for (const double value : values) writer.Observe(series, clock_.NowNanos(), value);
    });
  }

  template <typename Apply>
  SeriesPtr Record(std::string_view name, MetricKind kind, const LabelSet& labels, Apply&& apply) {
    const auto node = store_.GetOrCreateNode(service_, instance_);
    NodeWriter writer(*node, clock_.NowNanos());
    Refusal refusal;
    SeriesPtr series = writer.Resolve(name, kind, labels, nullptr, &refusal);
    apply(writer, *series);
    return series;
  }

  FakeClock clock_;
  std::string service_ = "api", instance_ = "a1";
  Store store_{{.series_ttl_ns = 10 * kNanosPerSecond}, clock_};
  Exposition exposition_{store_, [](std::string_view name) { return name.starts_with("telemetry_"); },
                         clock_};
};

TEST_F(ExpositionTest, EmptyStoreIsAnEmptyPage) {
  EXPECT_EQ(exposition_.Write(), "");
}

TEST_F(ExpositionTest, FamiliesAreContiguousAndSorted) {
  Counter("requests_total", 3, {{"route", "/b"}});
  Gauge("cpu", 0.5);
  instance_ = "a2";
  Counter("requests_total", 4);
  EXPECT_EQ(exposition_.Write(),
            "# HELP cpu Ingested.\n"
            "# TYPE cpu gauge\n"
            "cpu{service=\"api\",instance=\"a1\"} 0.5\n"
            "# HELP requests_total Ingested.\n"
            "# TYPE requests_total counter\n"
            "requests_total{service=\"api\",instance=\"a1\",route=\"/b\"} 3\n"
            "requests_total{service=\"api\",instance=\"a2\"} 4\n");
}

TEST_F(ExpositionTest, SecondScrapeHasNewValues) {
  Gauge("cpu", 1);
  exposition_.Write();
  Gauge("cpu", 2);
  EXPECT_THAT(exposition_.Write(), HasSubstr("cpu{service=\"api\",instance=\"a1\"} 2\n"));
}

TEST_F(ExpositionTest, ExpiredSeriesLeavesAndComesBack) {
  Gauge("cpu", 1);
  EXPECT_THAT(exposition_.Write(), HasSubstr("cpu"));
  clock_.Advance(11 * kNanosPerSecond);
  store_.Sweep();
  EXPECT_EQ(exposition_.Write(), "");
  Gauge("cpu", 2);
  EXPECT_THAT(exposition_.Write(), HasSubstr("} 2\n"));
}

TEST_F(ExpositionTest, OwnLabelsOfOurNamesAreExported) {
  Gauge("g", 1, {{"service", "s"}, {"instance", "i"}, {"le", "1"}, {"quantile", "2"}, {"z", "3"}});
  EXPECT_THAT(exposition_.Write(),
              HasSubstr("g{service=\"api\",instance=\"a1\",exported_instance=\"i\",exported_le=\"1\","
                        "exported_quantile=\"2\",exported_service=\"s\",z=\"3\"} 1\n"));
}

TEST_F(ExpositionTest, EmptyLabelValueIsNoLabel) {
  Gauge("g", 1, {{"a", ""}, {"b", "x"}});
  EXPECT_THAT(exposition_.Write(), HasSubstr("g{service=\"api\",instance=\"a1\",b=\"x\"} 1\n"));
}

TEST_F(ExpositionTest, NastyPageIsExactlyAsBefore) {
  service_ = "quo\"te\\back\nslash";
  Gauge("5xx.rate \"quoted\" \\ \n°C", -0.25, {{"rou.te", "/a\"b\\c\nd"}, {"ünï", "✓"}, {"1st", "x"}});
  Gauge("huge", 1e300);
  Gauge("tiny", 5e-324);
  Counter("jobs:done_total", 12345678);
  Histogram("latency_seconds", {0.1, 0.2, 0.3}, {{"le", "mine"}});
  Histogram("latency_seconds", {}, {{"route", "idle"}});
  ExpectGolden("unit/export/testdata/nasty.prom", exposition_.Write());
}

// ---- Quarantine ----

TEST_F(ExpositionTest, OurOwnNamesAreQuarantined) {
  Gauge("telemetry_samples_total", 1);
  Gauge("telemetry.samples", 1, {{"a", "1"}});
  Gauge("telemetry.samples", 1, {{"a", "2"}});
  EXPECT_EQ(exposition_.Write(), "");
  EXPECT_EQ(exposition_.Stats().quarantined_series, 3u);
  EXPECT_THAT(
      exposition_.Stats().quarantined,
      ElementsAre(
          QuarantinedMetric{"telemetry.samples", "telemetry_samples is a metric of the aggregator itself", 2},
          QuarantinedMetric{"telemetry_samples_total",
                            "telemetry_samples_total is a metric of the aggregator itself", 1}));
}

TEST_F(ExpositionTest, SecondKindUnderOneNameIsQuarantined) {
  Gauge("jobs", 1);
  Counter("jobs", 2);
  EXPECT_THAT(exposition_.Write(), AllOf(HasSubstr("# TYPE jobs gauge\n"), Not(HasSubstr("} 2\n"))));
  EXPECT_THAT(
      exposition_.Stats().quarantined,
      ElementsAre(QuarantinedMetric{"jobs", "sent as gauge and as counter; only the gauge is exposed", 1}));
}

TEST_F(ExpositionTest, NamesThatBecomeOneAreQuarantinedButForTheFirst) {
  Gauge("a.b", 1);
  Gauge("a_b", 2);
  EXPECT_EQ(exposition_.Write(),
            "# HELP a_b Ingested as \"a.b\".\n# TYPE a_b gauge\na_b{service=\"api\",instance=\"a1\"} 1\n");
  EXPECT_THAT(exposition_.Stats().quarantined,
              ElementsAre(QuarantinedMetric{"a_b", "a_b is taken by the metric a.b", 1}));
}

TEST_F(ExpositionTest, HistogramsPartsAreTaken) {
  Histogram("h", {1});
  for (const char* name : {"h_bucket", "h_sum", "h_count"}) Gauge(name, 77);
  EXPECT_THAT(exposition_.Write(), Not(HasSubstr("77")));
  EXPECT_THAT(exposition_.Stats().quarantined,
              ElementsAre(QuarantinedMetric{"h_bucket", "h_bucket is taken by the metric h", 1},
                          QuarantinedMetric{"h_count", "h_count is taken by the metric h", 1},
                          QuarantinedMetric{"h_sum", "h_sum is taken by the metric h", 1}));
}

TEST_F(ExpositionTest, HistogramThatComesAfterItsPartsIsQuarantined) {
  Gauge("h_sum", 77);
  Histogram("h", {1});
  EXPECT_THAT(exposition_.Write(),
              AllOf(HasSubstr("h_sum{service=\"api\",instance=\"a1\"} 77\n"), Not(HasSubstr("h_bucket"))));
}

TEST_F(ExpositionTest, SeriesWhoseLabelsBecomeEqualAreQuarantinedButForTheFirst) {
  Gauge("g", 1, {{"a.b", "x"}, {"a0", "y"}});
  Gauge("g", 2, {{"a_b", "x"}, {"a0", "y"}});
  Gauge("g", 3, {{"a_b", "x"}, {"a0", "y"}, {"empty", ""}});
  Gauge("g", 4, {{"a.b", "x"}, {"a_b", "x"}});
  EXPECT_EQ(exposition_.Write(),
            "# HELP g Ingested.\n# TYPE g gauge\ng{service=\"api\",instance=\"a1\",a0=\"y\",a_b=\"x\"} 1\n");
  EXPECT_THAT(exposition_.Stats().quarantined,
              ElementsAre(QuarantinedMetric{"g", "two labels of one series would both be a_b", 1},
                          QuarantinedMetric{"g", "two series would have the same labels", 2}));
}

TEST_F(ExpositionTest, WhatIsExposedStaysWhenItsOldestSeriesLeaves) {
  Gauge("a.b", 1, {{"pod", "1"}});
  Gauge("a_b", 2);
  exposition_.Write();
  clock_.Advance(6 * kNanosPerSecond);
  Gauge("a.b", 3, {{"pod", "2"}});
  Gauge("a_b", 2);
  clock_.Advance(6 * kNanosPerSecond);
  store_.Sweep();
  EXPECT_THAT(exposition_.Write(), HasSubstr("pod=\"2\"} 3\n"));
}

TEST_F(ExpositionTest, QuarantinedMetricIsExposedOnceItsRivalIsGone) {
  Gauge("jobs", 1);
  exposition_.Write();
  clock_.Advance(11 * kNanosPerSecond);
  Counter("jobs", 2);
  store_.Sweep();
  EXPECT_THAT(exposition_.Write(), HasSubstr("# TYPE jobs counter\n"));
  EXPECT_THAT(exposition_.Stats().quarantined, IsEmpty());
}

TEST_F(ExpositionTest, ListOfQuarantinedIsBoundedAndTheCountIsNot) {
  for (int i = 0; i < 150; ++i) Gauge("telemetry_" + std::to_string(i), 1);
  EXPECT_EQ(exposition_.Stats().quarantined_series, 150u);
  EXPECT_EQ(exposition_.Stats().quarantined.size(), Quarantine::kMaxListed);
}

// ---- Scrapes ----

TEST_F(ExpositionTest, StatsTellOfTheNewestScrape) {
  Gauge("g", 1);
  const std::string page = exposition_.Write();
  EXPECT_EQ(exposition_.Stats().scrapes, 1u);
  EXPECT_EQ(exposition_.Stats().last_scrape_bytes, page.size());
}

TEST_F(ExpositionTest, ScrapesMayRunBesideEachOtherAndBesideWriters) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) exposition_.Write();
    });
  }
  for (int i = 0; i < 200; ++i) {
    Gauge("g" + std::to_string(i), i);
    Histogram("h", {1.0 * i}, {{"i", std::to_string(i % 10)}});
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(exposition_.Write(), HasSubstr("g199{service=\"api\",instance=\"a1\"} 199\n"));
}

// Returns promtool's exit code: 0 if all is well, 3 if it only dislikes names.
int CheckMetrics(const std::string& page, std::string* output) {
  std::string path = ::testing::TempDir() + "page-XXXXXX";
  ::close(::mkstemp(path.data()));
  std::ofstream(path) << page;
  FILE* const pipe = ::popen(("promtool check metrics < " + path + " 2>&1").c_str(), "r");
  char buffer[4096];
  for (std::size_t got; (got = std::fread(buffer, 1, sizeof(buffer), pipe)) > 0;) output->append(buffer, got);
  const int status = ::pclose(pipe);
  ::unlink(path.c_str());
  return WEXITSTATUS(status);
}

TEST_F(ExpositionTest, PromtoolReadsTheNastiestPage) {
  service_ = "quo\"te\\back\nslash";
  Gauge("5xx.rate \"quoted\" \\ \n°C", -0.25, {{"rou.te", "/a\"b\\c\nd"}, {"ünï", "✓"}, {"..name..", "x"}});
  Gauge("telemetry_samples_total", 1);
  Gauge("jobs", 1);
  Counter("jobs", 2);
  Histogram("h", {-1, 0, 1e-9, 1e9}, {{"le", "mine"}});
  Histogram("h", {}, {{"quantile", "0.5"}});
  Gauge("h_sum", 1);
  std::string output;
  const int exit_code = CheckMetrics(exposition_.Write(), &output);
  EXPECT_TRUE(exit_code == 0 || exit_code == 3) << exit_code << ": " << output;
}

TEST_F(ExpositionTest, PromtoolFindsNothingInAPageOfGoodNames) {
  Gauge("queue_depth", 7);
  Counter("requests_total", 3, {{"route", "/"}});
  Histogram("request_duration_seconds", {0.1, 0.5});
  std::string output;
  EXPECT_EQ(CheckMetrics(exposition_.Write(), &output), 0) << output;
}

}  // namespace
}  // namespace obs
