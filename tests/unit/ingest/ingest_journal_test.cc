#include "ingest/ingest_journal.h"

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "auth/key_store.h"
#include "buffer/store.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ingest/ingestor.h"
#include "ingest/session.h"
#include "journal/segment.h"
#include "support/fake_clock.h"
#include "support/fake_file_system.h"
#include "support/wait_until.h"
#include "telemetry.pb.h"

namespace obs {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::WaitUntil;

constexpr char kDirectory[] = "/data";

// An aggregator's life, from the opening of its data directory to its end.
class Life {
 public:
  Life(FakeFileSystem& files, FakeClock& clock, const IngestJournalOptions& options)
      : clock_(clock), store_(StoreOptions{}, clock), ingestor_({}, store_, *keys_, clock) {
    opened_ = ingestor_.OpenJournal(options, files);
    if (opened_.ok()) started_ = ingestor_.journal()->Start(nullptr).ok();
  }
  // What was appended is written, as in a clean end; that of a crash is what was committed before.
  ~Life() {
    sessions_.clear();
    if (ingestor_.journal() != nullptr) ingestor_.journal()->Stop();
  }

  const absl::Status& opened() const { return opened_; }
  IngestJournal& journal() { return *ingestor_.journal(); }
  Ingestor& ingestor() { return ingestor_; }
  Store& store() { return store_; }

  Session& session(const std::string& name) {
    std::unique_ptr<Session>& session = sessions_[name];
    if (session == nullptr) {
      session = std::make_unique<Session>(ingestor_, "ipv4:127.0.0.1:1", ingestor_.Admit("").value());
    }
    return *session;
  }
  void Close(const std::string& name) { sessions_.erase(name); }

  absl::Status Send(const telemetry::TelemetryBatch& batch, const std::string& stream = "") {
    return session(stream).Receive(batch.SerializeAsString(), scratch_);
  }

  bool AwaitWritten() {
    return WaitUntil([&] { return journal().committed() >= journal().newest(); });
  }
  bool AwaitEpoch(std::uint64_t number) {
    return WaitUntil([&] { return journal().Stats().epochs >= number; }) && AwaitWritten();
  }

  // What a description tells beside the newest state and the ledger.
  enum Detail { kAll, kNoWindows, kNoHistory };

  // Everything that there is to see, as text.
  std::string Describe(Detail detail = kAll) {
    std::vector<std::string> lines;
    store_.ForEachSeries(true, [&](const SeriesPtr& series) {
      const SeriesIdentity& identity = series->identity();
      std::string line = fmt::format("{}/{} {}", identity.service, identity.instance, identity.name);
      for (const LabelView label : identity.labels) line += fmt::format(" {}={}", label.name, label.value);
      SeriesState state;
      store_.ReadState(*series, &state);
      line += fmt::format(" at {}: {} {}", state.timestamp_us, state.value, Text(state.histogram, detail));
      const bool is_histogram = identity.kind == MetricKind::kHistogram;
      if (detail == kAll || (detail == kNoWindows && !is_histogram)) {
        store_.ReadHistory(*series, 0, INT64_MAX, 0, [&](const HistoryPoint& point) {
          line += fmt::format("\n  {} {} {}", point.timestamp_us, point.value, Text(point.histogram, detail));
        });
      }
      lines.push_back(line);
    });
    std::ranges::sort(lines);
    return fmt::format("{}\n{}", fmt::join(lines, "\n"), DescribeLedger());
  }

  std::string DescribeLedger() {
    std::vector<std::string> lines;
    for (const ProducerSnapshot& producer : ingestor_.ledger().Snapshot().producers) {
      const LedgerTotals& totals = producer.totals;
      lines.push_back(fmt::format(
          "{}/{} {} {}: sent {} accepted {} stale {} resent {} rejected {} dropped {} ({})",
          producer.id.service, producer.id.instance, producer.id.producer, producer.id.slot, totals.sent,
          totals.samples.accepted, totals.samples.stale, totals.samples.resent,
          fmt::join(totals.samples.rejected, ","), totals.DroppedTotal(), producer.first_seen_ns));
    }
    std::ranges::sort(lines);
    return fmt::format("{}", fmt::join(lines, "\n"));
  }

 private:
  static std::string Text(const HistogramState& state, Detail detail) {
    if (state.count == 0) return "";
    const std::string totals = fmt::format("{} {}", state.count, state.sum);
    return detail != kAll || state.window_count == 0
               ? totals
               : fmt::format("{} [{} {}]", totals, state.p50, state.p99);
  }

  FakeClock& clock_;
  Store store_;
  const std::unique_ptr<KeyStore> keys_ = KeyStore::Create({}).value();
  Ingestor ingestor_;
  absl::Status opened_;
  bool started_ = false;
  BatchScratch scratch_;
  std::map<std::string, std::unique_ptr<Session>> sessions_;
};

class IngestJournalTest : public ::testing::Test {
 protected:
  std::unique_ptr<Life> Begin() {
    auto life = std::make_unique<Life>(files_, clock_, options_);
    EXPECT_TRUE(life->opened().ok()) << life->opened();
    EXPECT_TRUE(life->AwaitEpoch(1));
    return life;
  }

  telemetry::TelemetryBatch Batch(const std::string& producer = "", std::uint64_t sequence = 0,
                                  const std::string& instance = "i-1") const {
    telemetry::TelemetryBatch batch;
    batch.set_service("api");
    batch.set_instance(instance);
    batch.set_producer(producer);
    batch.set_sequence(sequence);
    return batch;
  }

  telemetry::MetricSample* AddSample(telemetry::TelemetryBatch& batch, const std::string& name) const {
    telemetry::MetricSample* const sample = batch.add_samples();
    sample->set_name(name);
    sample->set_timestamp(clock_.NowNanos());
    return sample;
  }

  telemetry::TelemetryBatch Increment(double growth, std::uint64_t sequence = 0) const {
    telemetry::TelemetryBatch batch = Batch(sequence != 0 ? "p" : "", sequence);
    AddSample(batch, "i")->set_increment(growth);
    return batch;
  }

  static void Announce(telemetry::TelemetryBatch& batch, std::uint32_t ref, const std::string& name,
                       telemetry::Kind kind) {
    telemetry::SeriesAnnouncement* const series = batch.add_series();
    series->set_ref(ref);
    series->set_name(name);
    series->set_kind(kind);
    (*series->mutable_labels())["ref"] = std::to_string(ref);
  }

  telemetry::TelemetryBatch Columns(std::uint32_t ref, double value) const {
    telemetry::TelemetryBatch batch = Batch();
    telemetry::Columns* const columns = batch.add_columns();
    columns->set_base_timestamp(clock_.NowNanos());
    columns->add_refs(ref);
    columns->add_values(value);
    return batch;
  }

  static double Total(Life& life, const std::string& name) {
    double value = -1;
    life.store().ForEachSeries(true, [&](const SeriesPtr& series) {
      if (series->identity().name == name) value = series->value();
    });
    return value;
  }

  FakeFileSystem files_;
  FakeClock clock_;
  IngestJournalOptions options_{.directory = kDirectory};
};

// ---- A restart ----

TEST_F(IngestJournalTest, ARestartBringsBackEveryKindWithItsHistory) {
  auto life = Begin();
  for (int i = 1; i <= 30; ++i) {
    telemetry::TelemetryBatch batch = Batch("p", i);
    AddSample(batch, "g")->set_gauge(i * 1.5);
    AddSample(batch, "c")->set_counter(10 * i);
    AddSample(batch, "i")->set_increment(2);
    AddSample(batch, "h")->mutable_histogram()->add_observations(i);
    telemetry::Histogram* const buckets = AddSample(batch, "e")->mutable_histogram();
    buckets->add_bounds(10);
    buckets->add_counts(1);
    buckets->add_counts(2);
    AddSample(batch, "")->set_gauge(1);  // rejected
    ASSERT_TRUE(life->Send(batch).ok());
    clock_.Advance(kNanosPerSecond / 3);
  }
  const std::string before = life->Describe();
  ASSERT_THAT(before, HasSubstr("accepted 150"));
  life.reset();
  EXPECT_EQ(before, Begin()->Describe());
}

TEST_F(IngestJournalTest, ABatchThatWasAppliedBeforeTheRestartIsADuplicateAfterIt) {
  auto life = Begin();
  ASSERT_TRUE(life->Send(Increment(1, 1)).ok());
  ASSERT_TRUE(life->Send(Increment(1, 2)).ok());
  life.reset();
  life = Begin();
  ASSERT_TRUE(life->Send(Increment(1, 2)).ok());
  ASSERT_TRUE(life->Send(Increment(1, 3)).ok());
  EXPECT_EQ(3, Total(*life, "i"));
  EXPECT_EQ(1u, life->ingestor().ledger().Snapshot().totals.samples.resent);
}

TEST_F(IngestJournalTest, ARunningTotalGoesOnFromTheLastOne) {
  const auto total = [&](std::uint64_t value) {
    telemetry::TelemetryBatch batch = Batch();
    AddSample(batch, "c")->set_counter(value);
    return batch;
  };
  auto life = Begin();
  ASSERT_TRUE(life->Send(total(100)).ok());
  ASSERT_TRUE(life->Send(total(3)).ok());  // the client began anew
  clock_.Advance(kNanosPerSecond);
  life.reset();
  life = Begin();
  ASSERT_TRUE(life->Send(total(5)).ok());
  EXPECT_EQ(105, Total(*life, "c"));
}

TEST_F(IngestJournalTest, SamplesOfAnnouncedSeriesAreFoundByTheirNumbers) {
  auto life = Begin();
  telemetry::TelemetryBatch batch = Batch();
  Announce(batch, 7, "c", telemetry::KIND_COUNTER);
  Announce(batch, 1'000'000, "g", telemetry::KIND_GAUGE);
  ASSERT_TRUE(life->Send(batch).ok());
  ASSERT_TRUE(life->Send(Columns(7, 20)).ok());
  ASSERT_TRUE(life->Send(Columns(1'000'000, 30)).ok());
  ASSERT_TRUE(life->Send(Columns(8, 1)).ok());  // rejected
  const std::string before = life->Describe();
  life.reset();
  life = Begin();
  EXPECT_EQ(before, life->Describe());
  EXPECT_EQ(20, Total(*life, "c"));
  // Numbers are a stream's own, and this is another one.
  ASSERT_TRUE(life->Send(Columns(7, 40)).ok());
  EXPECT_EQ(20, Total(*life, "c"));
}

TEST_F(IngestJournalTest, LossesThatAProducerReportsAreStillKnown) {
  auto life = Begin();
  telemetry::TelemetryBatch batch = Increment(1, 1);
  batch.mutable_report()->set_sent(5);
  (*batch.mutable_report()->mutable_dropped())["buffer_full"] = 3;
  ASSERT_TRUE(life->Send(batch).ok());
  const std::string before = life->DescribeLedger();
  ASSERT_THAT(before, HasSubstr("sent 5 accepted 1"));
  life.reset();
  EXPECT_EQ(before, Begin()->DescribeLedger());
}

TEST_F(IngestJournalTest, NoSeriesExpiresForTheTimeInWhichNobodyCouldUpdateIt) {
  auto life = Begin();
  ASSERT_TRUE(life->Send(Increment(1)).ok());
  life.reset();
  clock_.Advance(3600 * kNanosPerSecond);
  life = Begin();
  EXPECT_EQ(1u, life->store().Stats().series);
  ASSERT_TRUE(life->Send(Increment(1)).ok());
  EXPECT_EQ(2, Total(*life, "i"));
}

TEST_F(IngestJournalTest, ASeriesThatExpiredBeforeTheRestartIsExpiredAfterIt) {
  auto life = Begin();
  ASSERT_TRUE(life->Send(Increment(1)).ok());
  for (int i = 0; i < 20; ++i) {
    const std::uint64_t before = life->journal().newest();
    clock_.Advance(20 * kNanosPerSecond);
    ASSERT_TRUE(WaitUntil([&] { return life->journal().newest() > before; }));  // it tells the time
  }
  life.reset();
  life = Begin();
  EXPECT_EQ(0u, life->store().Stats().series);
  EXPECT_EQ(1u, life->store().Stats().expired_series);
}

// ---- Epochs ----

TEST_F(IngestJournalTest, RecordsStayUntilTheStateThatReplacesThemIsOnTheDisk) {
  options_.history_ns = 80 * kNanosPerSecond;
  files_.Fail(FakeFileSystem::Operation::kSync, 1, 1 << 30);
  auto life = Begin();
  const std::string first = fmt::format("{}/{}", kDirectory, SegmentName(1));
  for (std::uint64_t epoch = 2; epoch < 14; ++epoch) {
    if (epoch == 13) files_.FailNothing();
    ASSERT_TRUE(life->Send(Increment(1)).ok());
    clock_.Advance(options_.history_ns / 8);
    ASSERT_TRUE(life->AwaitEpoch(epoch));
    ASSERT_TRUE(epoch == 13 || std::ranges::count(files_.Paths(), first) == 1);
  }
  EXPECT_TRUE(WaitUntil([&] { return std::ranges::count(files_.Paths(), first) == 0; }));
}

TEST_F(IngestJournalTest, TotalsOutliveTheRecordsThatMadeThem) {
  options_.history_ns = 80 * kNanosPerSecond;
  auto life = Begin();
  telemetry::TelemetryBatch batch = Batch();
  Announce(batch, 1, "h", telemetry::KIND_HISTOGRAM);
  ASSERT_TRUE(life->Send(batch).ok());
  for (std::uint64_t epoch = 2; epoch < 30; ++epoch) {
    ASSERT_TRUE(life->Send(Increment(1)).ok());
    ASSERT_TRUE(life->Send(Columns(1, static_cast<double>(epoch))).ok());
    clock_.Advance(options_.history_ns / 8);
    ASSERT_TRUE(life->AwaitEpoch(epoch));
  }
  const std::string before = life->Describe(Life::kNoHistory);
  ASSERT_THAT(before, HasSubstr("i at"));
  EXPECT_EQ(28, Total(*life, "i"));
  life.reset();
  // The first segments are gone.
  EXPECT_THAT(files_.Paths(), Not(::testing::Contains(fmt::format("{}/{}", kDirectory, SegmentName(1)))));
  life = Begin();
  EXPECT_EQ(before, life->Describe(Life::kNoHistory));
  // History reaches back as far as it was asked for, at least.
  std::size_t points = 0;
  life->store().ForEachSeries(true, [&](const SeriesPtr& series) {
    if (series->identity().name != "i") return;
    life->store().ReadHistory(*series, 0, INT64_MAX, 0, [&](const HistoryPoint&) { ++points; });
  });
  EXPECT_GE(points, 8u);
  EXPECT_LE(points, 12u);
}

// Sends more than `bytes`, and returns how many samples that were.
std::uint64_t Fill(Life& life, const telemetry::TelemetryBatch& batch, std::uint64_t bytes) {
  std::uint64_t samples = 0;
  for (std::uint64_t sent = 0; sent < bytes; sent += batch.ByteSizeLong()) {
    EXPECT_TRUE(WaitUntil([&] { return life.journal().HasRoom(); }));
    EXPECT_TRUE(life.Send(batch).ok());
    samples += static_cast<std::uint64_t>(batch.metrics(0).samples_size());
  }
  EXPECT_TRUE(life.AwaitWritten());
  return samples;
}

class FullJournalTest : public IngestJournalTest {
 protected:
  FullJournalTest() {
    telemetry::Metric* const metric = batch_.add_metrics();
    metric->set_name("i");
    for (int i = 0; i < 20'000; ++i) metric->add_samples()->set_increment(1);
    options_.limit_bytes = kLeastJournalBytes;
  }

  telemetry::TelemetryBatch batch_ = Batch();
};

TEST_F(FullJournalTest, AtItsLimitTheOldestEpochsMakeRoom) {
  auto life = Begin();
  std::uint64_t sent = Fill(*life, batch_, 3 * options_.limit_bytes);
  EXPECT_LE(files_.TotalBytes(), options_.limit_bytes);
  EXPECT_GT(life->journal().Stats().epochs, 3u);
  for (int restarts = 0; restarts < 2; ++restarts) {
    life.reset();
    life = Begin();
    EXPECT_EQ(static_cast<double>(sent), Total(*life, "i"));
    EXPECT_EQ(sent, life->ingestor().ledger().Snapshot().totals.samples.accepted);
    sent += Fill(*life, batch_, options_.limit_bytes);
  }
}

TEST_F(FullJournalTest, ALowerLimitMakesTheOldestEpochsGo) {
  options_.limit_bytes = 4 * kLeastJournalBytes;
  auto life = Begin();
  std::uint64_t sent = Fill(*life, batch_, 3 * kLeastJournalBytes);
  ASSERT_GT(files_.TotalBytes(), 2 * kLeastJournalBytes);
  life.reset();
  options_.limit_bytes = 2 * kLeastJournalBytes;
  life = Begin();
  sent += Fill(*life, batch_, kLeastJournalBytes);
  EXPECT_LE(files_.TotalBytes(), options_.limit_bytes);
  life.reset();
  EXPECT_EQ(static_cast<double>(sent), Total(*Begin(), "i"));
}

TEST_F(FullJournalTest, WhatIsInNoStateYetDoesNotGo) {
  options_.limit_bytes = 2 * kLeastJournalBytes;
  files_.Fail(FakeFileSystem::Operation::kSync, 1, 1 << 30);  // so that no epoch is safe
  auto life = Begin();
  EXPECT_TRUE(WaitUntil([&] { return !life->Send(batch_).ok(); }));  // the directory is full
  life.reset();
  EXPECT_THAT(files_.Paths(), ::testing::Contains(fmt::format("{}/{}", kDirectory, SegmentName(1))));
  files_.FailNothing();
  options_.limit_bytes = kLeastJournalBytes;
  const Life smaller(files_, clock_, options_);
  EXPECT_TRUE(smaller.opened().ok()) << smaller.opened();
}

// Whatever comes in whatever order, a restart changes nothing.
TEST_F(IngestJournalTest, RandomStreamsSurviveRandomRestarts) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  const auto pick = [&random](int bound) {
    return static_cast<int>(random() % static_cast<unsigned>(bound));
  };
  // Of a series that is silent, a store keeps more than a journal would.
  options_.history_ns = 1'000'000 * kNanosPerSecond;
  auto life = Begin();
  std::map<std::string, std::uint64_t> sequences;
  for (int step = 0; step < 400; ++step) {
    // When a series is forgotten is as exact as sweeps are, and as records tell the time.
    if (pick(2) == 0) clock_.Advance((pick(4) == 0 ? 40 : 1 + pick(3)) * kNanosPerSecond);
    life->store().Sweep();
    const std::string stream = fmt::format("s{}", pick(4));
    const std::string instance = fmt::format("i{}", pick(2));
    const std::string producer = pick(3) == 0 ? "" : "p-" + instance;
    std::uint64_t& newest = sequences[instance];
    telemetry::TelemetryBatch batch =
        Batch(producer, producer.empty() ? 0 : (pick(5) == 0 ? newest : ++newest), instance);
    Announce(batch, static_cast<std::uint32_t>(pick(5)), "a", static_cast<telemetry::Kind>(1 + pick(3)));
    telemetry::Columns* const columns = batch.add_columns();
    for (int i = pick(4); i > 0; --i) {
      columns->add_refs(static_cast<std::uint32_t>(pick(6)));
      columns->add_values(pick(1000));
      columns->add_timestamp_deltas(pick(1'000'000));
    }
    columns->set_base_timestamp(clock_.NowNanos() - pick(3) * kNanosPerSecond);
    columns->set_increments(pick(2) == 0);
    if (pick(2) == 0) AddSample(batch, "f")->set_counter(static_cast<std::uint64_t>(pick(100)));
    ASSERT_TRUE(life->Send(batch, stream).ok());
    if (pick(20) == 0) life->Close(stream);
    if (pick(25) == 0) {
      // How precise a histogram's past is depends on when it was read.
      const std::string before = life->Describe(Life::kNoWindows);
      life.reset();
      life = Begin();
      ASSERT_EQ(before, life->Describe(Life::kNoWindows)) << "at step " << step << ", seed " << seed;
    }
  }
}

// ---- The disk ----

TEST_F(IngestJournalTest, WhileTheDiskFailsBatchesAreRefusedAndTheOthersAreWrittenLater) {
  auto life = Begin();
  ASSERT_TRUE(life->Send(Increment(1)).ok());
  ASSERT_TRUE(life->AwaitWritten());
  files_.SetCapacity(files_.TotalBytes());
  ASSERT_TRUE(life->Send(Increment(1)).ok());
  ASSERT_TRUE(WaitUntil([&] { return !life->journal().CheckWritable().ok(); }));
  EXPECT_LT(life->journal().committed(), life->session("").tally().record);
  const absl::Status refused = life->Send(Increment(1));
  EXPECT_EQ(absl::StatusCode::kResourceExhausted, refused.code());
  EXPECT_THAT(std::string(refused.message()), HasSubstr("No space left on device; try again in 1000 ms"));
  EXPECT_TRUE(refused.GetPayload(kRetryAfterPayload).has_value());
  EXPECT_FALSE(life->ingestor().Admit("").ok());
  EXPECT_EQ(2u, life->ingestor().Stats().unwritable);
  EXPECT_EQ(2, Total(*life, "i"));

  files_.SetCapacity(~std::uint64_t{0});
  ASSERT_TRUE(life->AwaitWritten());
  ASSERT_TRUE(WaitUntil([&] { return life->journal().CheckWritable().ok(); }));
  ASSERT_TRUE(life->Send(Increment(1)).ok());
  life.reset();
  EXPECT_EQ(3, Total(*Begin(), "i"));
}

TEST_F(IngestJournalTest, AnAckMayTellOfWhatItsDurabilitySays) {
  for (const Durability durability : {Durability::kMemory, Durability::kOs, Durability::kFsync}) {
    options_.directory = fmt::format("/{}", DurabilityName(durability));
    options_.durability = durability;
    auto life = Begin();
    ASSERT_TRUE(life->AwaitWritten());
    files_.Fail(durability == Durability::kFsync ? FakeFileSystem::Operation::kSync
                                                 : FakeFileSystem::Operation::kAppend,
                1, 1 << 30);
    ASSERT_TRUE(life->Send(Increment(1)).ok());
    ASSERT_TRUE(WaitUntil([&] { return files_.failed(); }));
    EXPECT_EQ(durability == Durability::kMemory,
              life->session("").tally().record <= life->journal().acknowledgeable());
    files_.FailNothing();
    ASSERT_TRUE(life->AwaitWritten());
    EXPECT_LE(life->session("").tally().record, life->journal().acknowledgeable());
  }
}

// At whatever byte the journal ends, what is before is brought back, and only that.
TEST_F(IngestJournalTest, AJournalThatIsCutAnywhereKeepsWhatIsBefore) {
  auto life = Begin();
  for (std::uint64_t i = 1; i <= 5; ++i) ASSERT_TRUE(life->Send(Increment(1, i)).ok());
  life.reset();
  ASSERT_EQ(1u, files_.Paths().size());
  const std::string path = files_.Paths().front();
  const std::string whole = files_.Get(path);
  double last = 0;
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    FakeFileSystem files;
    files.Put(path, whole.substr(0, size));
    Life cut(files, clock_, options_);
    ASSERT_TRUE(cut.opened().ok()) << cut.opened();
    const double total = std::max(Total(cut, "i"), 0.0);
    ASSERT_TRUE(total == last || total == last + 1) << "cut to " << size;
    ASSERT_EQ(total, static_cast<double>(cut.ingestor().ledger().Snapshot().totals.samples.accepted));
    // What is sent again is applied once.
    for (std::uint64_t i = 1; i <= 5; ++i) ASSERT_TRUE(cut.Send(Increment(1, i)).ok());
    ASSERT_EQ(5, Total(cut, "i"));
    last = total;
  }
  EXPECT_EQ(5, last);
}

TEST_F(IngestJournalTest, AStateHealsWhatIsMissingBeforeIt) {
  options_.history_ns = 80 * kNanosPerSecond;
  auto life = Begin();
  ASSERT_TRUE(life->Send(Increment(1, 1)).ok());
  clock_.Advance(options_.history_ns / 8);
  ASSERT_TRUE(life->AwaitEpoch(2));
  ASSERT_TRUE(life->Send(Increment(1, 2)).ok());
  life.reset();
  std::string first = files_.Get(files_.Paths().front());
  first[first.size() / 2] ^= 1;
  files_.Put(files_.Paths().front(), first);
  life = Begin();
  EXPECT_GT(life->journal().Stats().found.damaged_segments, 0u);
  EXPECT_EQ(2, Total(*life, "i"));
  ASSERT_TRUE(life->Send(Increment(1, 2)).ok());
  EXPECT_EQ(2, Total(*life, "i"));
}

// ---- What it refuses ----

TEST_F(IngestJournalTest, ADirectoryIsOfOneAggregatorAtATime) {
  const auto life = Begin();
  const Life second(files_, clock_, options_);
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition, second.opened().code());
  EXPECT_THAT(std::string(second.opened().message()), HasSubstr("in use by process"));
}

TEST_F(IngestJournalTest, AJournalOfSomethingElseIsLeftAlone) {
  const std::string head = "somebody else's";
  const auto header = EncodeSegmentHeader(1);
  const auto frame = EncodeFrameHead(kSegmentHeadNumber, head);
  const std::string path = fmt::format("{}/{}", kDirectory, SegmentName(1));
  files_.Put(path,
             std::string(header.data(), header.size()) + std::string(frame.data(), frame.size()) + head);
  const Life life(files_, clock_, options_);
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition, life.opened().code());
  EXPECT_THAT(std::string(life.opened().message()), HasSubstr("not written by obs-aggregate"));
}

TEST_F(IngestJournalTest, ALimitThatIsTooLowIsRefused) {
  options_.limit_bytes = kLeastJournalBytes - 1;
  const Life life(files_, clock_, options_);
  EXPECT_EQ(absl::StatusCode::kInvalidArgument, life.opened().code());
}

}  // namespace
}  // namespace obs
