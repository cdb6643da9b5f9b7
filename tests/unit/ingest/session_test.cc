#include "ingest/session.h"

#include <cmath>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/fake_gate.h"
#include "telemetry.pb.h"
#include "unit/ingest/ingest_fixture.h"

namespace obs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::int64_t kDayNanos = 24 * 3600 * kNanosPerSecond;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

class SessionTest : public IngestFixture {
 protected:
  void SetUp() override { Open(); }

  // Begins anew with these limits.
  void Open(IngestOptions options = {}, StoreOptions store_options = {}) {
    session_.reset();
    MakeIngestor(options, store_options);
    session_ = NewSession();
  }

  std::unique_ptr<Session> NewSession() {
    return std::make_unique<Session>(*ingestor_, "ipv4:127.0.0.1:1", ingestor_->Admit("").value());
  }

  absl::Status Send(Session& session, const telemetry::TelemetryBatch& batch) {
    return session.Receive(batch.SerializeAsString(), scratch_);
  }
  absl::Status Send(const telemetry::TelemetryBatch& batch) { return Send(*session_, batch); }

  static telemetry::TelemetryBatch Batch(const std::string& producer = "", std::uint64_t sequence = 0) {
    telemetry::TelemetryBatch batch;
    batch.set_service("api");
    batch.set_instance("i-1");
    batch.set_producer(producer);
    batch.set_sequence(sequence);
    return batch;
  }

  static telemetry::MetricSample* AddSample(telemetry::TelemetryBatch& batch, const std::string& name) {
    telemetry::MetricSample* const sample = batch.add_samples();
    sample->set_name(name);
    return sample;
  }

  static telemetry::TelemetryBatch Gauge(const std::string& name, double value) {
    telemetry::TelemetryBatch batch = Batch();
    AddSample(batch, name)->set_gauge(value);
    return batch;
  }

  static telemetry::TelemetryBatch Total(const std::string& name, std::uint64_t total,
                                         std::int64_t timestamp_ns, const std::string& producer = "",
                                         std::uint64_t sequence = 0) {
    telemetry::TelemetryBatch batch = Batch(producer, sequence);
    telemetry::MetricSample* const sample = AddSample(batch, name);
    sample->set_counter(total);
    sample->set_timestamp(timestamp_ns);
    return batch;
  }

  static void Announce(telemetry::TelemetryBatch& batch, std::uint32_t ref, const std::string& name,
                       telemetry::Kind kind) {
    telemetry::SeriesAnnouncement* const series = batch.add_series();
    series->set_ref(ref);
    series->set_name(name);
    series->set_kind(kind);
  }

  static void AddValue(telemetry::Columns* columns, std::uint32_t ref, double value) {
    columns->add_refs(ref);
    columns->add_values(value);
  }

  BatchScratch scratch_;
  std::unique_ptr<Session> session_;
};

// ---- The forms ----

TEST_F(SessionTest, FlatSamplesOfEveryKindAreApplied) {
  telemetry::TelemetryBatch batch = Batch();
  AddSample(batch, "g")->set_gauge(-2.5);
  AddSample(batch, "c")->set_counter(7);
  AddSample(batch, "i")->set_increment(1.5);
  for (const double value : {1.0, 3.0}) {
    AddSample(batch, "h")->mutable_histogram()->add_observations(value);
  }
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(-2.5, Value("g"));
  EXPECT_EQ(7, Value("c"));
  EXPECT_EQ(1.5, Value("i"));
  EXPECT_EQ(2u, Histogram("h").count);
  EXPECT_EQ(4, Histogram("h").sum);
  EXPECT_EQ(5u, session_->tally().accepted);
}

TEST_F(SessionTest, GroupedRunningTotalsSurviveARestart) {
  telemetry::TelemetryBatch batch = Batch();
  telemetry::Metric* const metric = batch.add_metrics();
  metric->set_name("requests");
  (*metric->mutable_labels())["code"] = "200";
  for (const std::uint64_t total : {5u, 9u, 2u, 3u}) {
    telemetry::MetricSample* const sample = metric->add_samples();
    sample->set_timestamp(clock_.NowNanos() + metric->samples_size());
    sample->set_counter(total);
  }
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(9 + 3, Value("requests", "code=200"));
  EXPECT_EQ(4u, session_->tally().accepted);
}

TEST_F(SessionTest, ExplicitBucketsMergeExactly) {
  telemetry::TelemetryBatch batch = Batch();
  for (int i = 0; i < 2; ++i) {
    telemetry::Histogram* const histogram = AddSample(batch, "latency")->mutable_histogram();
    histogram->add_bounds(0.1);
    histogram->add_bounds(1);
    for (const std::uint64_t count : {1u, 2u, 3u}) histogram->add_counts(count);
  }
  ASSERT_TRUE(Send(batch).ok());
  Distribution distribution;
  store_->ReadDistribution(*Find("latency"), &distribution);
  ASSERT_TRUE(std::holds_alternative<ExplicitHistogram>(distribution));
  EXPECT_THAT(std::get<ExplicitHistogram>(distribution).counts(), ElementsAre(2, 4, 6));
}

TEST_F(SessionTest, AnEmptyHistogramLeavesTheLayoutOfBucketsAlone) {
  telemetry::TelemetryBatch batch = Batch();
  telemetry::Histogram* const histogram = AddSample(batch, "latency")->mutable_histogram();
  histogram->add_bounds(1);
  histogram->add_counts(4);
  histogram->add_counts(0);
  AddSample(batch, "latency")->mutable_histogram();
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(2u, session_->tally().accepted);
  EXPECT_EQ(4u, Histogram("latency").count);
}

TEST_F(SessionTest, CompactFormAppliesEveryKind) {
  telemetry::TelemetryBatch batch = Batch();
  Announce(batch, 0, "g", telemetry::KIND_GAUGE);
  Announce(batch, 1, "c", telemetry::KIND_COUNTER);
  Announce(batch, 16'777'215, "h", telemetry::KIND_HISTOGRAM);
  telemetry::Columns* const totals = batch.add_columns();
  AddValue(totals, 0, 1.25);
  AddValue(totals, 1, 10);
  AddValue(totals, 16'777'215, 4);
  telemetry::Columns* const increments = batch.add_columns();
  increments->set_increments(true);
  AddValue(increments, 1, 5);
  telemetry::HistogramPoint* const point = batch.add_histograms();
  point->set_ref(16'777'215);
  for (const double value : {1.0, 2.0}) point->mutable_histogram()->add_observations(value);
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(1.25, Value("g"));
  EXPECT_EQ(15, Value("c"));
  EXPECT_EQ(3u, Histogram("h").count);
  EXPECT_EQ(7, Histogram("h").sum);
  EXPECT_EQ(5u, session_->tally().accepted);
}

TEST_F(SessionTest, AnnouncementsHoldForTheRestOfTheStreamAndOnlyForIt) {
  telemetry::TelemetryBatch announcing = Batch();
  Announce(announcing, 3, "g", telemetry::KIND_GAUGE);
  ASSERT_TRUE(Send(announcing).ok());
  EXPECT_EQ(0u, SeriesCount()) << "a series without a sample";
  telemetry::TelemetryBatch batch = Batch();
  AddValue(batch.add_columns(), 3, 1);
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(1, Value("g"));
  const std::unique_ptr<Session> other = NewSession();
  ASSERT_TRUE(Send(*other, batch).ok());
  EXPECT_EQ(1u, other->tally().rejected);
  EXPECT_EQ(1u, RejectedFor(RejectReason::kUnknownRef));
}

TEST_F(SessionTest, ANumberAnnouncedAgainTakesTheNewMeaning) {
  for (const char* name : {"one", "two"}) {
    telemetry::TelemetryBatch batch = Batch();
    Announce(batch, 3, name, telemetry::KIND_GAUGE);
    AddValue(batch.add_columns(), 3, 1);
    ASSERT_TRUE(Send(batch).ok());
  }
  EXPECT_EQ(1, Value("one"));
  EXPECT_EQ(1, Value("two"));
}

TEST_F(SessionTest, AnnouncedNumbersServeEveryInstanceOfTheStream) {
  telemetry::TelemetryBatch batch = Batch();
  Announce(batch, 0, "g", telemetry::KIND_GAUGE);
  AddValue(batch.add_columns(), 0, 1);
  ASSERT_TRUE(Send(batch).ok());
  batch.clear_series();
  batch.set_instance("i-2");
  ASSERT_TRUE(Send(batch).ok());
  batch.set_instance("i-1");
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(2u, SeriesCount());
  EXPECT_EQ(3u, session_->tally().accepted);
}

TEST_F(SessionTest, TimestampDeltasAddUpFromTheBase) {
  telemetry::TelemetryBatch batch = Batch();
  Announce(batch, 0, "g", telemetry::KIND_GAUGE);
  telemetry::Columns* const columns = batch.add_columns();
  const std::int64_t base_ns = clock_.NowNanos() - 10 * kNanosPerSecond;
  columns->set_base_timestamp(base_ns);
  for (const std::int64_t delta_s : {5, -2, 4}) {
    AddValue(columns, 0, static_cast<double>(delta_s));
    columns->add_timestamp_deltas(delta_s * kNanosPerSecond);
  }
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ((base_ns + 7 * kNanosPerSecond) / 1000, Find("g")->timestamp_us());
  EXPECT_EQ(4, Value("g"));
}

TEST_F(SessionTest, SamplesWithoutTimestampHaveTheTimeOfReceipt) {
  ASSERT_TRUE(Send(Gauge("g", 1)).ok());
  EXPECT_EQ(clock_.NowNanos() / 1000, Find("g")->timestamp_us());
}

TEST_F(SessionTest, BatchLabelsAreOnEverySeriesAndOwnOnesWin) {
  telemetry::TelemetryBatch batch = Batch();
  (*batch.mutable_labels())["zone"] = "a";
  (*AddSample(batch, "own")->mutable_labels())["zone"] = "b";
  batch.mutable_samples(0)->set_gauge(1);
  AddSample(batch, "plain")->set_gauge(2);
  Announce(batch, 0, "compact", telemetry::KIND_GAUGE);
  AddValue(batch.add_columns(), 0, 3);
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(1, Value("own", "zone=b"));
  EXPECT_EQ(2, Value("plain", "zone=a"));
  EXPECT_EQ(3, Value("compact", "zone=a"));
}

TEST_F(SessionTest, TheOrderOfLabelsDoesNotMatter) {
  for (const bool reversed : {false, true}) {
    std::string sample;
    AppendDoubleField(sample, 2, 1);
    AppendBytesField(sample, 6, "g");
    AppendMapField(sample, 7, reversed ? "b" : "a", reversed ? "2" : "1");
    AppendMapField(sample, 7, reversed ? "a" : "b", reversed ? "1" : "2");
    std::string bytes = Batch().SerializeAsString();
    AppendBytesField(bytes, 4, sample);
    ASSERT_TRUE(session_->Receive(bytes, scratch_).ok());
  }
  EXPECT_EQ(1u, SeriesCount());
  EXPECT_EQ(1, Value("g", "a=1,b=2"));
}

TEST_F(SessionTest, ARetiredSeriesIsMadeAgain) {
  telemetry::TelemetryBatch batch = Gauge("flat", 1);
  Announce(batch, 0, "compact", telemetry::KIND_GAUGE);
  AddValue(batch.add_columns(), 0, 1);
  ASSERT_TRUE(Send(batch).ok());
  const SeriesPtr flat = Find("flat");
  clock_.Advance(2 * kDayNanos);
  store_->Sweep();
  store_->Sweep();
  ASSERT_TRUE(flat->retired());
  batch.clear_series();
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(4u, session_->tally().accepted);
  EXPECT_EQ(1, Value("flat"));
  EXPECT_EQ(1, Value("compact"));
  EXPECT_NE(flat, Find("flat"));
}

// ---- Samples that are rejected ----

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

// ---- Batches that are refused ----

TEST_F(SessionTest, AMalformedBatchIsNamedAndChangesNothing) {
  ASSERT_TRUE(Send(Gauge("g", 1)).ok());
  std::string bytes = Gauge("other", 2).SerializeAsString() + "\xff";
  const absl::Status status = session_->Receive(bytes, scratch_);
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code());
  EXPECT_THAT(Message(status), HasSubstr("batch 2 of this stream: byte "));
  EXPECT_EQ(1u, SeriesCount());
  EXPECT_EQ(1u, ingestor_->Stats().malformed_batches);
  EXPECT_EQ(1u, ingestor_->Stats().batches);
}

TEST_F(SessionTest, AnImpossibleProducerIsAMalformedBatch) {
  telemetry::TelemetryBatch batch = Gauge("g", 1);
  batch.set_producer(std::string(65, 'p'));
  const absl::Status status = Send(batch);
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code());
  EXPECT_EQ("batch 1 of this stream: producer has 65 bytes; it must be UTF-8 of at most 64", Message(status));
}

TEST_F(SessionTest, ABatchOverTheLimitIsRefusedNamingBothSizes) {
  Open({.max_batch_bytes = 100});
  ASSERT_TRUE(Send(Gauge("g", 1)).ok());
  const absl::Status status = Send(Gauge(std::string(200, 'n'), 1));
  EXPECT_EQ(absl::StatusCode::kResourceExhausted, status.code());
  EXPECT_THAT(Message(status), HasSubstr("batch 2 of this stream: 2"));
  EXPECT_THAT(Message(status), HasSubstr("at most 100"));
  EXPECT_FALSE(status.GetPayload(kRetryAfterPayload).has_value());
  EXPECT_EQ(1u, ingestor_->Stats().oversized_batches);
}

TEST_F(SessionTest, AnOverloadedAggregatorAsksToComeBack) {
  const auto gate = std::make_shared<FakeGate>();
  Open({.gate = gate, .retry_after_ms = 250});
  ASSERT_TRUE(Send(Gauge("g", 1)).ok());
  gate->open = false;
  for (const absl::Status& status : {Send(Gauge("g", 2)), ingestor_->Admit("").status()}) {
    EXPECT_EQ(absl::StatusCode::kResourceExhausted, status.code());
    EXPECT_EQ("250", std::string(status.GetPayload(kRetryAfterPayload).value()));
  }
  EXPECT_EQ(1, Value("g"));
  EXPECT_EQ(2u, ingestor_->Stats().overloaded);
}

// ---- Dedupe, producers, restarts ----

TEST_F(SessionTest, ABatchSentAgainIsCountedAsDuplicateAndNotApplied) {
  telemetry::TelemetryBatch batch = Batch("p", 1);
  AddSample(batch, "i")->set_increment(5);
  ASSERT_TRUE(Send(batch).ok());
  const std::unique_ptr<Session> reconnected = NewSession();
  ASSERT_TRUE(Send(*reconnected, batch).ok());
  EXPECT_EQ(5, Value("i"));
  EXPECT_EQ(1u, reconnected->tally().duplicates);
  EXPECT_EQ(1u, reconnected->tally().sequence);
  EXPECT_EQ(0u, reconnected->tally().accepted);
  batch.set_sequence(2);
  ASSERT_TRUE(Send(*reconnected, batch).ok());
  EXPECT_EQ(10, Value("i"));
  EXPECT_EQ(2u, reconnected->tally().sequence);
}

TEST_F(SessionTest, ADuplicateStillAnnouncesItsSeries) {
  telemetry::TelemetryBatch batch = Batch("p", 1);
  Announce(batch, 0, "g", telemetry::KIND_GAUGE);
  AddValue(batch.add_columns(), 0, 1);
  ASSERT_TRUE(Send(batch).ok());
  const std::unique_ptr<Session> reconnected = NewSession();
  ASSERT_TRUE(Send(*reconnected, batch).ok());
  batch.clear_series();
  batch.set_sequence(2);
  ASSERT_TRUE(Send(*reconnected, batch).ok());
  EXPECT_EQ(1u, reconnected->tally().accepted);
}

TEST_F(SessionTest, BatchesWithoutNumberOrProducerAreAlwaysApplied) {
  telemetry::TelemetryBatch unnumbered = Batch("p", 0);
  AddSample(unnumbered, "i")->set_increment(1);
  telemetry::TelemetryBatch anonymous = Batch("", 1);
  AddSample(anonymous, "i")->set_increment(1);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(Send(unnumbered).ok());
    ASSERT_TRUE(Send(anonymous).ok());
  }
  EXPECT_EQ(4, Value("i"));
  EXPECT_EQ(0u, session_->tally().sequence);
}

TEST_F(SessionTest, ABatchWhoseEverySampleIsRejectedIsApplied) {
  telemetry::TelemetryBatch batch = Batch("p", 1);
  AddSample(batch, "g")->set_gauge(kNaN);
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(1u, session_->tally().sequence);
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(1u, session_->tally().rejected);
  EXPECT_EQ(1u, session_->tally().duplicates);
}

TEST_F(SessionTest, TwoLiveProducersOfOneInstanceCountEachTotalOnce) {
  const std::unique_ptr<Session> other = NewSession();
  std::int64_t now_ns = clock_.NowNanos();
  for (const std::uint64_t total : {10u, 20u, 30u}) {
    ASSERT_TRUE(Send(Total("c", total, ++now_ns, "p")).ok());
    ASSERT_TRUE(Send(*other, Total("c", total + 100, ++now_ns, "q")).ok());
  }
  EXPECT_EQ(30 + 130, Value("c"));
  EXPECT_TRUE(ingestor_->ledger().Snapshot().instances.at(0).conflict());
}

TEST_F(SessionTest, TwoAnonymousStreamsOfOneInstanceCountEachTotalOnce) {
  const std::unique_ptr<Session> other = NewSession();
  std::int64_t now_ns = clock_.NowNanos();
  for (const std::uint64_t total : {10u, 20u, 30u}) {
    ASSERT_TRUE(Send(Total("c", total, ++now_ns)).ok());
    ASSERT_TRUE(Send(*other, Total("c", total + 100, ++now_ns)).ok());
  }
  EXPECT_EQ(30 + 130, Value("c"));
}

TEST_F(SessionTest, AnAnonymousStreamAfterAnotherGoesOnWithItsTotals) {
  ASSERT_TRUE(Send(Total("c", 10, clock_.NowNanos() + 1)).ok());
  session_->Close();
  const std::unique_ptr<Session> next = NewSession();
  ASSERT_TRUE(Send(*next, Total("c", 15, clock_.NowNanos() + 2)).ok());
  EXPECT_EQ(15, Value("c"));
}

TEST_F(SessionTest, ANewProducerCountsFromZeroUnlessTheTotalIsShared) {
  std::int64_t now_ns = clock_.NowNanos();
  for (const char* producer : {"p", "q"}) {
    const std::unique_ptr<Session> session = NewSession();
    telemetry::TelemetryBatch batch = Batch(producer, 1);
    Announce(batch, 0, "own", telemetry::KIND_COUNTER);
    Announce(batch, 1, "shared", telemetry::KIND_COUNTER);
    batch.mutable_series(1)->set_shared_total(true);
    telemetry::Columns* const columns = batch.add_columns();
    columns->set_base_timestamp(++now_ns);
    AddValue(columns, 0, 10);
    AddValue(columns, 1, 10);
    ASSERT_TRUE(Send(*session, batch).ok());
  }
  EXPECT_EQ(20, Value("own"));
  EXPECT_EQ(10, Value("shared"));
}

TEST_F(SessionTest, ARunningTotalOfAHistogramCountsOnceWhoeverSendsIt) {
  const std::int64_t now_ns = clock_.NowNanos();
  const auto send = [&](const char* producer, std::uint64_t count, std::int64_t timestamp_ns) {
    const std::unique_ptr<Session> session = NewSession();
    telemetry::TelemetryBatch batch = Batch(producer, 1);
    Announce(batch, 0, "h", telemetry::KIND_HISTOGRAM);
    telemetry::HistogramPoint* const point = batch.add_histograms();
    point->set_timestamp(timestamp_ns);
    point->set_running_total(true);
    point->mutable_histogram()->add_bounds(1);
    point->mutable_histogram()->add_counts(count);
    point->mutable_histogram()->add_counts(1);
    EXPECT_TRUE(Send(*session, batch).ok());
    return session->tally();
  };
  send("p", 5, now_ns - 3 * kNanosPerMilli);
  send("q", 5, now_ns - 2 * kNanosPerMilli);
  send("r", 8, now_ns - kNanosPerMilli);
  EXPECT_EQ(1u, send("s", 5, now_ns - 2 * kNanosPerMilli).duplicates);
  Distribution distribution;
  store_->ReadDistribution(*Find("h"), &distribution);
  EXPECT_THAT(std::get<ExplicitHistogram>(distribution).counts(), ElementsAre(8, 1));
  EXPECT_EQ(0, ingestor_->ledger().Snapshot().totals.Difference());
}

TEST_F(SessionTest, ARunningTotalWithoutBucketsIsRejected) {
  telemetry::TelemetryBatch batch = Batch("p", 1);
  Announce(batch, 0, "h", telemetry::KIND_HISTOGRAM);
  telemetry::HistogramPoint* const point = batch.add_histograms();
  point->set_running_total(true);
  point->mutable_histogram()->add_observations(1);
  point->mutable_histogram()->add_observations(2);
  ASSERT_TRUE(Send(batch).ok());
  EXPECT_EQ(1u, RejectedFor(RejectReason::kInvalidHistogram));
}

TEST_F(SessionTest, AnOldTotalIsADuplicateAndNoRestart) {
  const std::int64_t now_ns = clock_.NowNanos();
  ASSERT_TRUE(Send(Total("c", 10, now_ns)).ok());
  ASSERT_TRUE(Send(Total("c", 8, now_ns - kNanosPerSecond)).ok());
  EXPECT_EQ(10, Value("c"));
  EXPECT_EQ(1u, session_->tally().duplicates);
  EXPECT_EQ(0, ingestor_->ledger().Snapshot().totals.Difference());
}

TEST_F(SessionTest, ReportsReachTheLedger) {
  telemetry::TelemetryBatch batch = Batch("p", 1);
  AddSample(batch, "g")->set_gauge(1);
  batch.mutable_report()->set_sent(6);
  (*batch.mutable_report()->mutable_dropped())["buffer_full"] = 5;
  ASSERT_TRUE(Send(batch).ok());
  const LedgerTotals totals = ingestor_->ledger().Snapshot().totals;
  EXPECT_EQ(6u, totals.sent);
  EXPECT_EQ(5u, totals.DroppedTotal());
  EXPECT_EQ(0, totals.Difference());
}

TEST_F(SessionTest, AStreamMayBearMoreInstancesThanItRemembers) {
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < Session::kMaxSources + 10; ++i) {
      telemetry::TelemetryBatch batch = Gauge("g", 1);
      batch.set_instance("i-" + std::to_string(i));
      ASSERT_TRUE(Send(batch).ok());
    }
  }
  EXPECT_EQ(Session::kMaxSources + 10, SeriesCount());
  EXPECT_EQ(2 * (Session::kMaxSources + 10), session_->tally().accepted);
}

// ---- Limits on series ----

TEST_F(SessionTest, OneKeyCannotCreateSeriesWithoutEndAndThoseThatExistGoOn) {
  Open({.max_series_per_key = 3});
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Send(Gauge("g" + std::to_string(i), 1)).ok());
  EXPECT_EQ(3u, SeriesCount());
  EXPECT_EQ(7u, RejectedFor(RejectReason::kKeySeriesLimit));
  ASSERT_TRUE(Send(Gauge("g0", 2)).ok());
  EXPECT_EQ(2, Value("g0"));
  const std::unique_ptr<Session> other = NewSession();  // same key
  ASSERT_TRUE(Send(*other, Gauge("more", 1)).ok());
  EXPECT_EQ(8u, RejectedFor(RejectReason::kKeySeriesLimit));
  EXPECT_FALSE(store_->Stats().refused.empty());
}

TEST_F(SessionTest, TheStoreAsAWholeHasALimitToo) {
  Open({}, {.max_series = 2});
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Send(Gauge("g" + std::to_string(i), 1)).ok());
  EXPECT_EQ(3u, RejectedFor(RejectReason::kSeriesLimit));
}

// ---- Latency ----

TEST_F(SessionTest, LatencyIsThatOfTheNewestSampleOfABatch) {
  telemetry::TelemetryBatch batch = Batch();
  for (const std::int64_t age_ms : {500, 20, 900}) {
    telemetry::MetricSample* const sample = AddSample(batch, "g" + std::to_string(age_ms));
    sample->set_gauge(1);
    sample->set_timestamp(clock_.NowNanos() - age_ms * kNanosPerMilli);
  }
  ASSERT_TRUE(Send(batch).ok());
  ASSERT_TRUE(Send(Gauge("without_time", 1)).ok());
  const auto latency = ingestor_->latency().Snapshot();
  ASSERT_THAT(latency, SizeIs(1));
  EXPECT_EQ("api", latency[0].service);
  EXPECT_EQ(1u, latency[0].total.count());
  EXPECT_NEAR(0.020, latency[0].total.Quantile(0.5), 0.0005);
}

}  // namespace
}  // namespace obs
