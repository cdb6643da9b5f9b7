#include "agent/spool.h"

#include <unistd.h>

#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

#include "agent/publisher.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/fake_aggregator.h"
#include "support/fake_file_system.h"
#include "support/wait_until.h"

namespace obs {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using testing::FakeAggregator;
using ::testing::HasSubstr;
using ::testing::Pair;
using testing::WaitUntil;

constexpr auto kLong = seconds(20);
constexpr char kNobody[] = "127.0.0.1:1";

// What a process has: gone when it is killed, but for the files.
struct Process {
  SeriesCatalog catalog{1'000'000};
  LossCounts losses;
  std::unique_ptr<Publisher> publisher;

  std::uint32_t Ref(std::string_view name) {
    return catalog.FindOrAdd({name, MetricKind::kGauge, LabelSet()}).value();
  }
  EncodedBatch Batch(double value, int samples = 1, std::string_view name = "queue_depth") {
    BatchWriter writer;
    for (int i = 0; i < samples; ++i) writer.Add(Ref(name), 1'750'000'000'000'000'000, value);
    return writer.Take();
  }
};

class SpoolTest : public ::testing::Test {
 protected:
  SpoolTest() {
    spool_.directory = "/spool";
    options_.service = "shop";
    options_.instance = "shop-1";
    options_.target.connect_timeout_nanos = 5 * kNanosPerSecond;
    options_.random = [] { return 0.0; };
  }

  std::unique_ptr<Process> Start(const std::string& address, FileSystem& files) {
    auto process = std::make_unique<Process>();
    auto spool = Spool::Open(spool_, options_.service, options_.instance, files);
    EXPECT_TRUE(spool.ok()) << spool.status();
    options_.target.address = address;
    process->publisher = std::make_unique<Publisher>(options_, process->catalog, process->losses,
                                                     Clock::System(), *std::move(spool));
    EXPECT_EQ(process->publisher->Start(), absl::OkStatus());
    return process;
  }

  // The files as a process that is killed now would leave them.
  static std::unique_ptr<FakeFileSystem> Copy(const FakeFileSystem& files) {
    auto copy = std::make_unique<FakeFileSystem>();
    for (const std::string& path : files.Paths()) copy->Put(path, files.Get(path));
    return copy;
  }

  // Waits until that many samples are in the files, as the next process would find them.
  void AwaitSpooled(std::uint64_t samples) {
    ASSERT_TRUE(WaitUntil([&] {
      const auto copy = Copy(files_);
      return Spool::Open(spool_, "shop", "shop-1", *copy).value()->found().samples == samples;
    }));
  }

  SpoolOptions spool_;
  PublisherOptions options_;
  FakeFileSystem files_;
};

std::vector<double> FirstValues(const FakeAggregator& aggregator) {
  std::vector<double> values;
  for (const auto& one : aggregator.data()) values.push_back(one.batch.columns(0).values(0));
  return values;
}

TEST_F(SpoolTest, WhatAKilledProcessHadUnconfirmedTheNextOneSendsAsTheSameProducer) {
  FakeAggregator::Script silent;
  silent.acknowledge = false;
  FakeAggregator first(silent);
  auto killed = Start(first.address(), files_);
  killed->publisher->Push(killed->Batch(1, 2, "first"));
  killed->publisher->Push(killed->Batch(2, 3, "second"));
  ASSERT_TRUE(first.WaitForData(2));
  const auto left = Copy(files_);

  FakeAggregator second;
  auto next = Start(second.address(), *left);
  EXPECT_EQ(next->publisher->stats().taken_over, 5u);
  next->publisher->Push(next->Batch(3, 1, "third"));
  EXPECT_EQ(next->publisher->WaitForAcks(kLong), absl::OkStatus());
  EXPECT_THAT(FirstValues(second), ElementsAre(1, 2, 3));
  const auto batches = second.data();
  EXPECT_EQ(batches[0].batch.producer(), first.data()[0].batch.producer());
  EXPECT_EQ(batches[2].batch.producer(), first.data()[0].batch.producer());
  EXPECT_EQ(batches[0].batch.sequence(), first.data()[0].batch.sequence());
  EXPECT_EQ(batches[1].batch.sequence(), first.data()[1].batch.sequence());
  EXPECT_GT(batches[2].batch.sequence(), batches[1].batch.sequence());
  EXPECT_EQ(batches[2].batch.report().sent(), 6u) << "in both lives";
  const PublisherStats stats = next->publisher->stats();
  EXPECT_EQ(stats.sent, 1u);
  EXPECT_EQ(stats.confirmed, 1u);
  EXPECT_EQ(stats.taken_over_confirmed, 5u);
  EXPECT_EQ(stats.unconfirmed, 0u);
}

TEST_F(SpoolTest, SeriesOfAnEarlierLifeAreAnnouncedAsTheyWereThen) {
  auto killed = Start(kNobody, files_);
  killed->publisher->Push(killed->Batch(1, 1, "old"));
  AwaitSpooled(1);
  const auto left = Copy(files_);
  FakeAggregator aggregator;
  auto next = Start(aggregator.address(), *left);
  next->publisher->Push(next->Batch(2, 1, "new"));  // has the number that "old" had
  EXPECT_EQ(next->publisher->WaitForAcks(kLong), absl::OkStatus());
  std::vector<std::string> order;
  for (const auto& one : aggregator.received()) {
    for (const auto& series : one.batch.series())
      order.push_back(fmt::format("{} is {}", series.ref(), series.name()));
    for (const auto& columns : one.batch.columns())
      order.push_back(fmt::format("{} = {}", columns.refs(0), columns.values(0)));
  }
  EXPECT_THAT(order, ElementsAre("0 is old", "0 = 1", "0 is new", "0 = 2"));
}

TEST_F(SpoolTest, WhatWasConfirmedIsNotSentAgain) {
  {
    FakeAggregator aggregator;
    auto process = Start(aggregator.address(), files_);
    process->publisher->Push(process->Batch(1));
    EXPECT_EQ(process->publisher->WaitForAcks(kLong), absl::OkStatus());
    process->publisher->Stop(kLong);
  }
  FakeAggregator aggregator;
  auto process = Start(aggregator.address(), files_);
  EXPECT_EQ(process->publisher->stats().taken_over, 0u);
  process->publisher->Push(process->Batch(2));
  EXPECT_EQ(process->publisher->WaitForAcks(kLong), absl::OkStatus());
  EXPECT_THAT(FirstValues(aggregator), ElementsAre(2));
}

TEST_F(SpoolTest, WhatArrivedBeforeTheKillIsNotSentAgain) {
  FakeAggregator::Script silent;
  silent.acknowledge = false;
  FakeAggregator first(silent);
  auto killed = Start(first.address(), files_);
  killed->publisher->Push(killed->Batch(1));
  killed->publisher->Push(killed->Batch(2, 4));
  ASSERT_TRUE(first.WaitForData(2));
  const auto left = Copy(files_);

  FakeAggregator::Script script;
  script.applied = first.data()[0].batch.sequence();
  FakeAggregator second(script);
  auto next = Start(second.address(), *left);
  EXPECT_EQ(next->publisher->WaitForAcks(kLong), absl::OkStatus());
  EXPECT_THAT(FirstValues(second), ElementsAre(2));
  EXPECT_EQ(next->publisher->stats().taken_over_confirmed, 5u);
}

TEST_F(SpoolTest, SeveralLivesWithoutAnAggregatorAreAllSentInOrder) {
  for (int life = 1; life <= 3; ++life) {
    auto process = Start(kNobody, files_);
    process->publisher->Push(process->Batch(life, 1, "life_" + std::to_string(life)));
  }
  FakeAggregator aggregator;
  auto process = Start(aggregator.address(), files_);
  EXPECT_EQ(process->publisher->WaitForAcks(kLong), absl::OkStatus());
  EXPECT_THAT(FirstValues(aggregator), ElementsAre(1, 2, 3));
  EXPECT_EQ(aggregator.data().back().batch.report().sent(), 3u);
}

TEST_F(SpoolTest, WhatMemoryDoesNotHoldWaitsInTheSpoolAlone) {
  options_.max_samples = 10;
  FakeAggregator aggregator;
  std::vector<double> values(200);
  std::iota(values.begin(), values.end(), 1);
  auto process = Start(kNobody, files_);
  for (const double value : values) process->publisher->Push(process->Batch(value));
  EXPECT_EQ(process->publisher->stats().unconfirmed, 200u);
  EXPECT_EQ(process->losses.Total(), 0u);
  process.reset();
  process = Start(aggregator.address(), files_);
  EXPECT_EQ(process->publisher->WaitForAcks(kLong), absl::OkStatus());
  EXPECT_EQ(FirstValues(aggregator), values);
}

TEST_F(SpoolTest, BacklogOfARunningProcessIsSentInOrderToo) {
  options_.max_samples = 10;
  FakeAggregator::Script silent;
  silent.acknowledge = false;
  FakeAggregator aggregator(silent);
  auto process = Start(aggregator.address(), files_);
  std::vector<double> values(100);
  std::iota(values.begin(), values.end(), 1);
  for (const double value : values) process->publisher->Push(process->Batch(value));
  ASSERT_TRUE(aggregator.WaitForData(10));
  aggregator.Acknowledge(true);
  process->publisher->Push(process->Batch(101));
  options_.ack_timeout_nanos = 50 * kNanosPerMilli;
  process.reset();
  process = Start(aggregator.address(), files_);
  EXPECT_EQ(process->publisher->WaitForAcks(kLong), absl::OkStatus());
  EXPECT_EQ(process->publisher->stats().unconfirmed, 0u);
}

TEST_F(SpoolTest, WhenFullTheOldestGoAndAreCountedExactly) {
  spool_.limit_bytes = 100'000;
  std::uint64_t dropped = 0;
  {
    auto process = Start(kNobody, files_);
    for (int i = 0; i < 500; ++i) process->publisher->Push(process->Batch(i, 100));
    ASSERT_TRUE(WaitUntil([&] { return process->losses.Get(Loss::kBufferFull) > 0; }));
    process->publisher->Stop(std::chrono::nanoseconds(0));
    process.reset();
    EXPECT_LE(files_.TotalBytes(), 100'000u);
  }
  FakeAggregator aggregator;
  auto process = Start(aggregator.address(), files_);
  EXPECT_EQ(process->publisher->WaitForAcks(kLong), absl::OkStatus());
  process->publisher->Push(process->Batch(500));
  EXPECT_EQ(process->publisher->WaitForAcks(kLong), absl::OkStatus());
  std::uint64_t arrived = 0;
  for (const auto& one : aggregator.data())
    arrived += static_cast<std::uint64_t>(one.batch.columns(0).values_size());
  const telemetry::ProducerReport report = aggregator.data().back().batch.report();
  ASSERT_EQ(report.dropped().count("buffer_full"), 1u);
  dropped = report.dropped().at("buffer_full");
  EXPECT_EQ(report.sent(), 50'001u);
  EXPECT_EQ(arrived + dropped, 50'001u);
}

TEST_F(SpoolTest, WhoMustNotDropWaitsForRoom) {
  spool_.limit_bytes = 200'000;
  spool_.drop_oldest = false;
  options_.max_samples = 10;
  auto process = Start(kNobody, files_);
  int pushed = 0;
  EncodedBatch batch = process->Batch(0, 100);
  while (process->publisher->TryPush(batch)) batch = process->Batch(++pushed, 100);
  EXPECT_GT(pushed, 10);
  EXPECT_EQ(process->losses.Total(), 0u);
  EXPECT_EQ(process->publisher->stats().unconfirmed, 100u * static_cast<unsigned>(pushed));
}

TEST_F(SpoolTest, DiskThatFailsStopsNobodyFromSending) {
  files_.SetCapacity(10);
  FakeAggregator aggregator;
  auto process = Start(aggregator.address(), files_);
  process->publisher->Push(process->Batch(1));
  EXPECT_EQ(process->publisher->WaitForAcks(kLong), absl::OkStatus());
  EXPECT_THAT(FirstValues(aggregator), ElementsAre(1));
}

TEST_F(SpoolTest, IsCutAnywhereWithoutAnythingButTheCutPartLost) {
  {
    auto process = Start(kNobody, files_);
    for (int i = 1; i <= 4; ++i) process->publisher->Push(process->Batch(i));
  }
  const std::string path = files_.Paths().at(0);
  const std::string whole = files_.Get(path);
  std::uint64_t before = 0;
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    FakeFileSystem files;
    files.Put(path, whole.substr(0, size));
    const auto spool = Spool::Open(spool_, "shop", "shop-1", files);
    ASSERT_TRUE(spool.ok()) << size;
    EXPECT_GE((*spool)->found().samples, before) << size;
    before = (*spool)->found().samples;
  }
  EXPECT_EQ(before, 4u);
}

TEST_F(SpoolTest, BelongsToOneProcessAndOneInstance) {
  auto process = Start(kNobody, files_);
  process->publisher->Push(process->Batch(1));
  EXPECT_TRUE(absl::IsFailedPrecondition(Spool::Open(spool_, "shop", "shop-1", files_).status()));
  process.reset();
  const absl::Status status = Spool::Open(spool_, "shop", "shop-2", files_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("/spool: is the spool of service \"shop\", instance \"shop-1\""));
}

TEST(SpoolDirectoryTest, NamesAreFilesWhateverIsInThem) {
  EXPECT_EQ(SpoolDirectory("/s", "shop", "host-1"), "/s/shop/host-1");
  EXPECT_EQ(SpoolDirectory("/s", "a/b", ".."), "/s/a%2Fb/%2E.");
  EXPECT_EQ(SpoolDirectory("/s", "100%", "\xc3\xa9"), "/s/100%25/%C3%A9");
}

TEST(SpoolDirectoryTest, AreListedAsTheyWereNamed) {
  const std::string root = ::testing::TempDir() + fmt::format("spools-{}", ::getpid());
  EXPECT_EQ(ListSpools(root, FileSystem::System())->size(), 0u) << "there is no such directory";
  ASSERT_TRUE(FileSystem::System().MakeDirectory(SpoolDirectory(root, "a/b", "..")).ok());
  ASSERT_TRUE(FileSystem::System().MakeDirectory(SpoolDirectory(root, "shop", "host-1")).ok());
  ASSERT_TRUE(FileSystem::System().MakeDirectory(root + "/not%zz/x").ok());
  EXPECT_THAT(*ListSpools(root, FileSystem::System()),
              ElementsAre(Pair("a/b", ".."), Pair("shop", "host-1")));
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace obs
