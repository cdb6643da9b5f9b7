// Samples that are rejected, one by one, while the rest of their batch lives.
#include <functional>
#include <limits>
#include <ostream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/ingest/session_fixture.h"

namespace obs {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::int64_t kDayNanos = 24 * 3600 * kNanosPerSecond;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// One bad sample between two good ones.
struct BadSample {
  const char* name;
  RejectReason reason;
  std::function<void(telemetry::MetricSample*)> spoil;
};
void PrintTo(const BadSample& bad, std::ostream* out) {
  *out << bad.name;
}

class BadSampleTest : public SessionTest, public ::testing::WithParamInterface<BadSample> {};

TEST_P(BadSampleTest, IsRejectedAndTheRestOfItsBatchLives) {
  telemetry::TelemetryBatch batch = Batch();
  AddSample(batch, "before")->set_gauge(1);
  telemetry::MetricSample* const sample = AddSample(batch, "bad");
  sample->set_gauge(1);
  GetParam().spoil(sample);
  AddSample(batch, "after")->set_gauge(1);
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(2u, session_->tally().accepted);
  EXPECT_EQ(1u, session_->tally().rejected);
  EXPECT_EQ(1u, RejectedFor(GetParam().reason));
  EXPECT_EQ(1, Value("before"));
  EXPECT_EQ(1, Value("after"));
  EXPECT_EQ(2u, SeriesCount());
  ASSERT_THAT(session_->notes().texts(), SizeIs(1));
  EXPECT_THAT(session_->notes().texts()[0], HasSubstr(std::string(ReasonName(GetParam().reason))));
}

void AddLabels(telemetry::MetricSample* sample, int count) {
  for (int i = 0; i < count; ++i) (*sample->mutable_labels())["label" + std::to_string(i)] = "v";
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadSampleTest,
    ::testing::Values(
        BadSample{"NaN", RejectReason::kNotFinite, [](auto* s) { s->set_gauge(kNaN); }},
        BadSample{"Infinity", RejectReason::kNotFinite, [](auto* s) { s->set_gauge(-kInfinity); }},
        BadSample{"InfiniteIncrement", RejectReason::kNotFinite,
                  [](auto* s) { s->set_increment(kInfinity); }},
        BadSample{"NaNIncrement", RejectReason::kNotFinite, [](auto* s) { s->set_increment(kNaN); }},
        BadSample{"NegativeIncrement", RejectReason::kNegativeIncrement,
                  [](auto* s) { s->set_increment(-1); }},
        BadSample{"NaNObservation", RejectReason::kNotFinite,
                  [](auto* s) { s->mutable_histogram()->add_observations(kNaN); }},
        BadSample{"BucketsThatDoNotFit", RejectReason::kInvalidHistogram,
                  [](auto* s) { s->mutable_histogram()->add_bounds(1); }},
        BadSample{"NoValue", RejectReason::kNoValue, [](auto* s) { s->clear_value(); }},
        BadSample{"EmptyName", RejectReason::kInvalidName, [](auto* s) { s->clear_name(); }},
        BadSample{"LongName", RejectReason::kInvalidName,
                  [](auto* s) { s->set_name(std::string(10'000, 'n')); }},
        BadSample{"ManyLabels", RejectReason::kTooManyLabels, [](auto* s) { AddLabels(s, 200); }},
        BadSample{"EmptyLabelName", RejectReason::kInvalidLabel,
                  [](auto* s) { (*s->mutable_labels())[""] = "v"; }},
        BadSample{"ReservedLabelName", RejectReason::kInvalidLabel,
                  [](auto* s) { (*s->mutable_labels())["__name__"] = "v"; }},
        BadSample{"LongLabelValue", RejectReason::kInvalidLabel,
                  [](auto* s) { (*s->mutable_labels())["l"] = std::string(1025, 'v'); }},
        BadSample{"InvalidUtf8Name", RejectReason::kInvalidUtf8, [](auto* s) { s->set_name("a\xff"); }},
        BadSample{"InvalidUtf8Label", RejectReason::kInvalidUtf8,
                  [](auto* s) { (*s->mutable_labels())["l"] = "\xc3"; }},
        BadSample{"AYearOld", RejectReason::kTimestampOutOfRange,
                  [](auto* s) { s->set_timestamp(FakeClock::kStartNanos - 365 * kDayNanos); }},
        BadSample{"AYearAhead", RejectReason::kTimestampOutOfRange,
                  [](auto* s) { s->set_timestamp(FakeClock::kStartNanos + 365 * kDayNanos); }},
        BadSample{"SecondsInsteadOfNanos", RejectReason::kTimestampOutOfRange,
                  [](auto* s) { s->set_timestamp(FakeClock::kStartNanos / kNanosPerSecond); }}),
    [](const auto& param_info) { return param_info.param.name; });

TEST_F(SessionTest, ALabelNameThatOccursTwiceRejectsTheSample) {
  std::string sample;
  AppendDoubleField(sample, 2, 1);
  AppendBytesField(sample, 6, "g");
  AppendMapField(sample, 7, "a", "1");
  AppendMapField(sample, 7, "a", "2");
  std::string bytes = Gauge("good", 1).SerializeAsString();
  AppendBytesField(bytes, 4, sample);
  ASSERT_TRUE(session_->Receive(bytes, scratch_).ok());
  EXPECT_EQ(1u, RejectedFor(RejectReason::kDuplicateLabel));
  EXPECT_EQ(1, Value("good"));
}

TEST_F(SessionTest, BadBatchLabelsRejectEverySample) {
  telemetry::TelemetryBatch batch = Gauge("g", 1);
  (*batch.mutable_labels())["__x"] = "v";
  Announce(batch, 0, "c", telemetry::KIND_GAUGE);
  AddValue(batch.add_columns(), 0, 1);
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(2u, RejectedFor(RejectReason::kInvalidLabel));
  EXPECT_EQ(0u, SeriesCount());
}

TEST_F(SessionTest, SamplesOfBadAnnouncementsAreRejectedWithTheReason) {
  telemetry::TelemetryBatch batch = Batch();
  Announce(batch, 0, "", telemetry::KIND_GAUGE);
  Announce(batch, 1, "kindless", telemetry::KIND_UNSPECIFIED);
  Announce(batch, 2, "utf\xff", telemetry::KIND_GAUGE);
  Announce(batch, 16'777'216, "beyond", telemetry::KIND_GAUGE);
  Announce(batch, 3, "good", telemetry::KIND_GAUGE);
  telemetry::Columns* const columns = batch.add_columns();
  for (const std::uint32_t ref : {0u, 1u, 2u, 16'777'216u, 3u, 4u}) AddValue(columns, ref, 1);
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(1u, RejectedFor(RejectReason::kInvalidName));
  EXPECT_EQ(1u, RejectedFor(RejectReason::kWrongKind));
  EXPECT_EQ(1u, RejectedFor(RejectReason::kInvalidUtf8));
  EXPECT_EQ(2u, RejectedFor(RejectReason::kUnknownRef));
  EXPECT_EQ(1u, session_->tally().accepted);
}

TEST_F(SessionTest, BadValuesInColumnsAreRejectedOneByOne) {
  telemetry::TelemetryBatch batch = Batch();
  Announce(batch, 0, "g", telemetry::KIND_GAUGE);
  Announce(batch, 1, "c", telemetry::KIND_COUNTER);
  Announce(batch, 2, "h", telemetry::KIND_HISTOGRAM);
  telemetry::Columns* const columns = batch.add_columns();
  columns->set_base_timestamp(clock_.NowNanos());
  const auto add = [&](std::uint32_t ref, double value, std::int64_t delta = 0) {
    AddValue(columns, ref, value);
    columns->add_timestamp_deltas(delta);
  };
  add(0, kNaN);
  add(1, -1);
  add(2, kInfinity);
  add(0, 1, std::numeric_limits<std::int64_t>::max());
  add(0, 2, -std::numeric_limits<std::int64_t>::max());
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(2u, RejectedFor(RejectReason::kNotFinite));
  EXPECT_EQ(1u, RejectedFor(RejectReason::kNegativeIncrement));
  EXPECT_EQ(1u, RejectedFor(RejectReason::kTimestampOutOfRange));
  EXPECT_EQ(1u, session_->tally().accepted);
  EXPECT_EQ(2, Value("g"));
}

TEST_F(SessionTest, DistributionsAreForHistograms) {
  telemetry::TelemetryBatch batch = Batch();
  Announce(batch, 0, "g", telemetry::KIND_GAUGE);
  batch.add_histograms()->mutable_histogram()->add_observations(1);
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(1u, RejectedFor(RejectReason::kWrongKind));
}

TEST_F(SessionTest, ABatchWithoutIdentityIsRejectedSampleBySample) {
  for (const bool service : {true, false}) {
    telemetry::TelemetryBatch batch = Gauge("g", 1);
    AddSample(batch, "h")->set_gauge(1);
    if (service) batch.set_service(std::string(257, 's'));
    if (!service) batch.clear_instance();
    ASSERT_TRUE(Send(batch).ok());
  }
  EXPECT_EQ(4u, RejectedFor(RejectReason::kMissingIdentity));
  EXPECT_EQ(4u, session_->tally().rejected);
  EXPECT_EQ(0u, SeriesCount());
  const LedgerSnapshot ledger = ingestor_->ledger().Snapshot();
  ASSERT_THAT(ledger.instances, SizeIs(1));
  EXPECT_EQ("", ledger.instances[0].service);
}

TEST_F(SessionTest, TheFirstRejectionsAreNotedInWords) {
  for (char c = 'a'; c < 'u'; ++c) ASSERT_TRUE(Send(Gauge(std::string(1, c) + "\n\xff", 1)).ok());
  EXPECT_EQ(20u, session_->tally().rejected);
  ASSERT_THAT(session_->notes().texts(), SizeIs(RejectionNotes::kMaxNotes));
  EXPECT_EQ("batch 2, \"b\\n\\377\": invalid_utf8: names, label names and label values are UTF-8",
            session_->notes().texts()[1]);
}

TEST_F(SessionTest, RejectionsThatAreAlikeAreNotedOnce) {
  for (int i = 0; i < 3; ++i) {
    telemetry::TelemetryBatch batch = Gauge("cpu", NAN);
    AddSample(batch, "memory")->set_gauge(NAN);
    ASSERT_TRUE(Send(batch).ok());
  }
  EXPECT_EQ(6u, session_->tally().rejected);
  ASSERT_THAT(session_->notes().texts(), SizeIs(2));
  EXPECT_THAT(session_->notes().texts()[1], testing::StartsWith("batch 1, \"memory\": not_finite"));
}

}  // namespace
}  // namespace obs
