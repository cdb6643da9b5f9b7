#include "app/self_metrics.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/fake_clock.h"

namespace obs {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class SelfMetricsTest : public ::testing::Test {
 protected:
  std::string Page() const { return BuildSelfMetrics(snapshot_, store_).ToText(); }

  InstanceSnapshot& Instance(std::string service, std::string instance) {
    InstanceSnapshot& added = snapshot_.ledger.instances.emplace_back();
    added.service = std::move(service);
    added.instance = std::move(instance);
    return added;
  }
  Sketch& Latency(std::string service) {
    snapshot_.latency.emplace_back().service = std::move(service);
    return snapshot_.latency.back().total;
  }

  FakeClock clock_;
  Store store_{{}, clock_};
  AggregatorSnapshot snapshot_;
};

TEST_F(SelfMetricsTest, EveryFamilyIsOursAndExplained) {
  const MetricFamilies families = BuildSelfMetrics(snapshot_, store_);
  for (const auto& family : families.families()) {
    EXPECT_THAT(family.name, testing::StartsWith("telemetry_"));
    EXPECT_THAT(family.help, testing::EndsWith(".")) << family.name;
  }
}

TEST_F(SelfMetricsTest, LedgerIsToldByInstance) {
  Instance("db", "d1").totals.samples.accepted = 7;
  InstanceSnapshot& web = Instance("web", "w1");
  web.live_producers = 2;
  web.totals.sent = 20;
  web.totals.samples.accepted = 10;
  web.totals.samples.stale = 1;
  web.totals.samples.resent = 2;
  web.totals.samples.rejected[static_cast<std::size_t>(RejectReason::kNotFinite)] = 3;
  web.totals.dropped["buffer_full"] = 4;
  const std::string page = Page();
  EXPECT_THAT(
      page,
      AllOf(
          HasSubstr("telemetry_samples_total{service=\"web\",instance=\"w1\"} 10\n"),
          HasSubstr("telemetry_samples_total{service=\"db\",instance=\"d1\"} 7\n"),
          HasSubstr("telemetry_sent_samples_total{service=\"web\",instance=\"w1\"} 20\n"),
          HasSubstr("telemetry_duplicate_samples_total{service=\"web\",instance=\"w1\"} 3\n"),
          HasSubstr(
              "telemetry_rejected_samples_total{service=\"web\",instance=\"w1\",reason=\"not_finite\"} 3\n"),
          HasSubstr(
              "telemetry_dropped_samples_total{service=\"web\",instance=\"w1\",reason=\"buffer_full\"} 4\n"),
          HasSubstr("telemetry_unaccounted_samples{service=\"web\",instance=\"w1\"} 0\n"),
          HasSubstr("telemetry_live_producers{service=\"web\",instance=\"w1\"} 2\n")));
  EXPECT_THAT(page, Not(HasSubstr("instance=\"d1\",reason=")));  // what did not happen takes no line
}

TEST_F(SelfMetricsTest, NamesFromOutsideAreEscaped) {
  Instance("we\"b\\", "w\n1");
  EXPECT_THAT(Page(), HasSubstr(R"(telemetry_samples_total{service="we\"b\\",instance="w\n1"} 0)"));
}

TEST_F(SelfMetricsTest, LatencyIsASummaryOfLateAndAHistogramSinceTheStart) {
  Sketch& total = Latency("web");
  total.Insert(0.004, 3);
  total.Insert(100);
  snapshot_.latency.back().recent.Insert(0.004);
  const std::string page = Page();
  EXPECT_THAT(page, AllOf(HasSubstr("# TYPE telemetry_latency_seconds summary\n"),
                          HasSubstr("telemetry_latency_seconds_count{service=\"web\"} 4\n"),
                          HasSubstr("telemetry_latency_seconds{service=\"web\",quantile=\"0.99\"} 0.004\n")));
  EXPECT_THAT(page,
              AllOf(HasSubstr("# TYPE telemetry_ingest_latency_seconds histogram\n"),
                    HasSubstr("telemetry_ingest_latency_seconds_bucket{service=\"web\",le=\"0.0025\"} 0\n"),
                    HasSubstr("telemetry_ingest_latency_seconds_bucket{service=\"web\",le=\"0.005\"} 3\n"),
                    HasSubstr("telemetry_ingest_latency_seconds_bucket{service=\"web\",le=\"60\"} 3\n"),
                    HasSubstr("telemetry_ingest_latency_seconds_bucket{service=\"web\",le=\"+Inf\"} 4\n"),
                    HasSubstr("telemetry_ingest_latency_seconds_count{service=\"web\"} 4\n")));
}

TEST_F(SelfMetricsTest, FillOfTheRingsIsToldByMetric) {
  {
    const auto node = store_.GetOrCreateNode("web", "w1");
    NodeWriter writer(*node, clock_.NowNanos());
    Refusal refusal;
    const SeriesPtr series = writer.Resolve("cpu", MetricKind::kGauge, {}, nullptr, &refusal);
    for (int i = 0; i < 3; ++i) writer.SetGauge(*series, clock_.NowNanos(), i);
  }
  EXPECT_THAT(Page(), AllOf(HasSubstr("telemetry_buffer_size{metric=\"cpu\"} 3\n"),
                            HasSubstr("telemetry_buffer_capacity{metric=\"cpu\"} 65536\n")));
}

TEST_F(SelfMetricsTest, WatchersAreToldByWhyTheyLeft) {
  snapshot_.live.watchers = 5;
  snapshot_.live.frames_skipped = 6;
  snapshot_.live.watchers_ended[static_cast<std::size_t>(SessionEnd::kStalled)] = 7;
  EXPECT_THAT(Page(),
              AllOf(HasSubstr("telemetry_watchers 5\n"), HasSubstr("telemetry_frames_skipped_total 6\n"),
                    HasSubstr("telemetry_watchers_ended_total{reason=\"stalled\"} 7\n")));
}

TEST_F(SelfMetricsTest, OurNamesAreKnownWithWhatPrometheusHangsOnThem) {
  for (const char* name : {"telemetry_samples_total", "telemetry_latency_seconds",
                           "telemetry_latency_seconds_sum", "telemetry_ingest_latency_seconds_bucket"}) {
    EXPECT_TRUE(IsSelfMetricName(name)) << name;
  }
  for (const char* name : {"", "telemetry", "telemetry_of_theirs", "telemetry_samples_total_"}) {
    EXPECT_FALSE(IsSelfMetricName(name)) << name;
  }
}

}  // namespace
}  // namespace obs
