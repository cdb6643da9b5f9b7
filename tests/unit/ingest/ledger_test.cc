#include "ingest/ledger.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/fake_clock.h"

namespace obs {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

SampleCounts Accepted(std::uint64_t count) {
  return {.accepted = count};
}

SampleCounts Resent(std::uint64_t count) {
  return {.resent = count};
}

SampleCounts Rejected(RejectReason reason, std::uint64_t count) {
  SampleCounts counts;
  counts.rejected[static_cast<std::size_t>(reason)] = count;
  return counts;
}

ReportView Report(std::uint64_t sent, std::vector<std::pair<std::string_view, std::uint64_t>> dropped = {}) {
  return {.sent = sent, .dropped = std::move(dropped)};
}

class LedgerTest : public ::testing::Test {
 protected:
  AccountPtr Join(std::string_view instance, std::string_view producer) {
    return ledger_.Join("api", instance, producer, "ipv4:127.0.0.1:1");
  }

  void Count(const AccountPtr& account, const SampleCounts& counts) {
    account->Count(counts, 0, nullptr, 0, clock_.NowNanos());
  }

  void Count(const AccountPtr& account, const SampleCounts& counts, std::uint64_t sequence,
             const ReportView& report) {
    account->Count(counts, sequence, &report, 0, clock_.NowNanos());
  }

  LedgerTotals TotalsOf(const AccountPtr& account) { return account->Snapshot(false).totals; }

  FakeClock clock_;
  Ledger ledger_{{.max_producers = 20, .max_instances = 10}, clock_};
};

// ---- The balance ----

TEST_F(LedgerTest, WithoutReportsWhatArrivedIsWhatWasSent) {
  const AccountPtr account = Join("i", "p");
  Count(account, Accepted(10));
  Count(account, Rejected(RejectReason::kNotFinite, 2));
  Count(account, Resent(10));
  const LedgerTotals totals = TotalsOf(account);
  EXPECT_EQ(22u, totals.sent);
  EXPECT_EQ(10u, totals.samples.accepted);
  EXPECT_EQ(10u, totals.samples.duplicate());
  EXPECT_EQ(2u, totals.samples.RejectedTotal());
  EXPECT_EQ(3u, totals.batches);
  EXPECT_EQ(0, totals.Difference());
}

TEST_F(LedgerTest, ReportedLossesAreOnTheAccount) {
  const AccountPtr account = Join("i", "p");
  Count(account, Accepted(10), 1, Report(10));
  Count(account, Accepted(5), 2, Report(18, {{"buffer_full", 3}}));
  const LedgerTotals totals = TotalsOf(account);
  EXPECT_EQ(18u, totals.sent);
  EXPECT_THAT(totals.dropped, ElementsAre(Pair("buffer_full", 3)));
  EXPECT_EQ(0, totals.Difference());
}

TEST_F(LedgerTest, BatchesThatNeverCameAreTheDifference) {
  const AccountPtr account = Join("i", "p");
  Count(account, Accepted(10), 1, Report(10));
  Count(account, Accepted(10), 3, Report(30));
  EXPECT_EQ(10, TotalsOf(account).Difference());
}

TEST_F(LedgerTest, ResentBatchesBalanceAndTheirOldReportsChangeNothing) {
  const AccountPtr account = Join("i", "p");
  Count(account, Accepted(10), 1, Report(10));
  Count(account, Accepted(10), 2, Report(20));
  Count(account, Resent(10), 1, Report(10));
  Count(account, Resent(10), 2, Report(20));
  EXPECT_EQ(40u, TotalsOf(account).sent);
  EXPECT_EQ(0, TotalsOf(account).Difference());
}

TEST_F(LedgerTest, StaleTotalsAreDuplicatesThatWereSentOnce) {
  const AccountPtr account = Join("i", "p");
  Count(account, {.accepted = 8, .stale = 2}, 1, Report(10));
  EXPECT_EQ(2u, TotalsOf(account).samples.duplicate());
  EXPECT_EQ(0, TotalsOf(account).Difference());
}

TEST_F(LedgerTest, ReportsMayComeNowAndThen) {
  const AccountPtr account = Join("i", "p");
  Count(account, Accepted(10), 1, Report(10));
  Count(account, Accepted(10));
  EXPECT_EQ(0, TotalsOf(account).Difference());
  Count(account, Accepted(10), 3, Report(30));
  EXPECT_EQ(0, TotalsOf(account).Difference());
}

TEST_F(LedgerTest, WhatWasSentToTheAggregatorBeforeThisOneIsNotMissed) {
  const AccountPtr account = Join("i", "p");
  Count(account, Accepted(10), 1001, Report(10'020, {{"buffer_full", 10}}));
  EXPECT_EQ(0, TotalsOf(account).Difference());
  EXPECT_EQ(20u, TotalsOf(account).sent);
  Count(account, Accepted(10), 1003, Report(10'040, {{"buffer_full", 10}}));
  EXPECT_EQ(10, TotalsOf(account).Difference());  // batch 1002
}

TEST_F(LedgerTest, ReportsOfAnonymousStreamsAreIgnored) {
  const AccountPtr account = Join("i", "");
  Count(account, Accepted(10), 0, Report(500));
  EXPECT_EQ(10u, TotalsOf(account).sent);
  EXPECT_FALSE(account->Snapshot(false).reports);
}

TEST_F(LedgerTest, WordsForLossesAreFewAndShort) {
  const AccountPtr account = Join("i", "p");
  std::vector<std::string> words;
  for (int i = 0; i < 100; ++i) words.push_back("reason_" + std::to_string(i));
  ReportView report = Report(103, {{std::string_view("\xff"), 1}, {std::string_view(""), 1}});
  const std::string endless(65, 'x');
  report.dropped.emplace_back(endless, 1);
  for (const std::string& word : words) report.dropped.emplace_back(word, 1);
  Count(account, SampleCounts(), 1, report);
  const LedgerTotals totals = TotalsOf(account);
  EXPECT_LE(totals.dropped.size(), 33u);
  EXPECT_EQ(103u, totals.DroppedTotal());
  EXPECT_EQ(0, totals.Difference());
}

// ---- Accounts ----

TEST_F(LedgerTest, AProducerHasOneAccountOnAllItsStreams) {
  const AccountPtr one = Join("i", "p");
  const AccountPtr two = Join("i", "p");
  EXPECT_EQ(one, two);
  EXPECT_NE(one, Join("j", "p"));
  EXPECT_NE(one->baseline(), Join("i", "q")->baseline());
}

TEST_F(LedgerTest, AnAnonymousReconnectGoesOnInItsSlot) {
  const AccountPtr first = Join("i", "");
  ledger_.Leave(first);
  const AccountPtr second = Join("i", "");
  EXPECT_EQ(first, second);
  EXPECT_EQ(1u, second->id().slot);
}

TEST_F(LedgerTest, AnonymousStreamsAtTheSameTimeAreKeptApart) {
  const AccountPtr first = Join("i", "");
  const AccountPtr second = Join("i", "");
  EXPECT_NE(first->baseline(), second->baseline());
  EXPECT_EQ(2u, second->id().slot);
  ledger_.Leave(first);
  EXPECT_EQ(first, Join("i", ""));
}

TEST_F(LedgerTest, TwoLiveProducersOfOneInstanceAreAConflictUntilOneLeaves) {
  const AccountPtr one = Join("i", "p");
  EXPECT_FALSE(ledger_.Snapshot().instances.at(0).conflict());
  const AccountPtr two = Join("i", "");
  EXPECT_TRUE(ledger_.Snapshot().instances.at(0).conflict());
  ledger_.Leave(two);
  EXPECT_FALSE(ledger_.Snapshot().instances.at(0).conflict());
}

TEST_F(LedgerTest, TwoStreamsOfOneProducerAreNoConflict) {
  Join("i", "p");
  const AccountPtr again = Join("i", "p");
  EXPECT_FALSE(ledger_.Snapshot().instances.at(0).conflict());
  ledger_.Leave(again);
  EXPECT_TRUE(ledger_.Snapshot().producers.at(0).connected);
}

TEST_F(LedgerTest, SnapshotShowsWhoWasSeenWhenAndFromWhere) {
  const AccountPtr account = Join("i", "p");
  clock_.Advance(kNanosPerSecond);
  Count(account, Accepted(3));
  ledger_.Leave(account);
  const LedgerSnapshot snapshot = ledger_.Snapshot();
  ASSERT_EQ(1u, snapshot.producers.size());
  const ProducerSnapshot& producer = snapshot.producers[0];
  EXPECT_EQ((ProducerId{.service = "api", .instance = "i", .producer = "p", .slot = 0}), producer.id);
  EXPECT_EQ("ipv4:127.0.0.1:1", producer.peer);
  EXPECT_FALSE(producer.connected);
  EXPECT_EQ(FakeClock::kStartNanos, producer.first_seen_ns);
  EXPECT_EQ(FakeClock::kStartNanos + kNanosPerSecond, producer.last_seen_ns);
  EXPECT_EQ(3u, snapshot.totals.samples.accepted);
}

// ---- Bounds ----

TEST_F(LedgerTest, TheLongestGoneMakeRoomAndSumsStayExact) {
  const AccountPtr live = Join("i", "live");
  Count(live, Accepted(1));
  for (int i = 0; i < 100; ++i) {
    clock_.Advance(kNanosPerSecond);
    const AccountPtr account = Join("i", "p" + std::to_string(i));
    Count(account, Accepted(10), 1, Report(12, {{"buffer_full", 2}}));
    ledger_.Leave(account);
  }
  const LedgerSnapshot snapshot = ledger_.Snapshot();
  EXPECT_LE(snapshot.producers.size(), 20u);
  bool has_live = false;
  bool has_newest = false;
  for (const ProducerSnapshot& producer : snapshot.producers) {
    has_live |= producer.id.producer == "live";
    has_newest |= producer.id.producer == "p99";
  }
  EXPECT_TRUE(has_live);
  EXPECT_TRUE(has_newest);
  ASSERT_EQ(1u, snapshot.instances.size());
  EXPECT_EQ(1001u, snapshot.instances[0].totals.samples.accepted);
  EXPECT_EQ(1201u, snapshot.totals.sent);
  EXPECT_THAT(snapshot.totals.dropped, ElementsAre(Pair("buffer_full", 200)));
  EXPECT_EQ(0, snapshot.totals.Difference());
}

TEST_F(LedgerTest, InstancesMakeRoomTooAndSumsStayExact) {
  for (int i = 0; i < 200; ++i) {
    clock_.Advance(kNanosPerSecond);
    const AccountPtr account = Join("i" + std::to_string(i), "");
    Count(account, Accepted(10));
    ledger_.Leave(account);
  }
  const LedgerSnapshot snapshot = ledger_.Snapshot();
  EXPECT_LE(snapshot.instances.size(), 21u);
  EXPECT_EQ(2000u, snapshot.totals.samples.accepted);
  std::uint64_t listed = snapshot.made_room.samples.accepted;
  for (const InstanceSnapshot& instance : snapshot.instances) listed += instance.totals.samples.accepted;
  EXPECT_EQ(2000u, listed);
}

TEST_F(LedgerTest, ASlotKeepsItsBaselineWhenItsAccountMakesRoom) {
  const AccountPtr slot = Join("i", "");
  const BaselineId baseline = slot->baseline();
  ledger_.Leave(slot);
  for (int i = 0; i < 30; ++i) {
    clock_.Advance(kNanosPerSecond);
    ledger_.Leave(Join("i", "p" + std::to_string(i)));
  }
  const AccountPtr back = Join("i", "");
  EXPECT_NE(slot, back);
  EXPECT_EQ(baseline, back->baseline());
}

// ---- Who is gone, and who comes back ----

TEST_F(LedgerTest, WhatAProducerThatIsGoneForGoodSentAndNobodySawIsDropped) {
  const AccountPtr account = Join("i", "p");
  Count(account, Accepted(6), 1, Report(10));
  ledger_.Leave(account);
  clock_.Advance(299 * kNanosPerSecond);
  EXPECT_EQ(4, ledger_.Snapshot().totals.Difference());
  clock_.Advance(kNanosPerSecond);
  LedgerTotals totals = ledger_.Snapshot().totals;
  EXPECT_EQ(0, totals.Difference());
  EXPECT_THAT(totals.dropped, ElementsAre(Pair("producer_gone", 4u)));
  Count(Join("i", "p"), Accepted(4), 2, Report(10));  // it was not for good
  totals = ledger_.Snapshot().totals;
  EXPECT_EQ(0, totals.Difference());
  EXPECT_THAT(totals.dropped, IsEmpty());
}

TEST_F(LedgerTest, AnInstanceGoesOnInAnotherLedger) {
  const AccountPtr account = Join("i", "p");
  const AccountPtr slot = Join("i", "");
  Count(account, Accepted(6), 1, Report(10, {{"buffer_full", 3}}));
  Count(slot, Rejected(RejectReason::kNotFinite, 2));
  {
    MutexLock lock(account->order);
    account->highest_applied = 7;
  }
  Ledger other({}, clock_);
  other.Restore("api", "i", ledger_.Save("api", "i"));
  const LedgerTotals before = ledger_.Snapshot().totals;
  const LedgerTotals after = other.Snapshot().totals;
  EXPECT_EQ(before.sent, after.sent);
  EXPECT_EQ(before.samples, after.samples);
  EXPECT_EQ(before.dropped, after.dropped);
  const AccountPtr again = other.Join("api", "i", "p", "");
  EXPECT_EQ(account->baseline(), again->baseline());
  MutexLock lock(again->order);
  EXPECT_EQ(7u, again->highest_applied);
  EXPECT_GT(other.Join("api", "i", "new", "")->baseline(), slot->baseline());
}

TEST_F(LedgerTest, AnAccountThatMadeRoomBeforeItCameBackIsStillCounted) {
  const ProducerId id{.service = "api", .instance = "i", .producer = "p"};
  Count(ledger_.Resume(id, 1, 0), Accepted(5));
  Count(ledger_.Resume(id, 2, 0), Accepted(7));
  EXPECT_EQ(12u, ledger_.Snapshot().totals.samples.accepted);
}

}  // namespace
}  // namespace obs
