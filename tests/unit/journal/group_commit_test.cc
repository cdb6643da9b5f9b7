#include "journal/group_commit.h"

#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/fake_file_system.h"
#include "support/wait_until.h"

namespace obs {
namespace {

using obs::testing::WaitUntil;
using ::testing::ElementsAre;
using Operation = FakeFileSystem::Operation;

// What the owner was told.
class Events final : public GroupCommitEvents {
 public:
  void OnCommitted(std::uint64_t number) override { committed = number; }
  bool OnFull(Journal& journal) override {
    ++full;
    if (!makes_room) return false;
    journal.Discard(journal.second_segment());
    return true;
  }
  void OnHealth(const absl::Status& status) override { (status.ok() ? healed : failed)++; }

  std::atomic<std::uint64_t> committed{0};
  std::atomic<int> full{0};
  std::atomic<int> failed{0};
  std::atomic<int> healed{0};
  std::atomic<bool> makes_room{false};
};

class GroupCommitTest : public ::testing::Test {
 protected:
  GroupCommitTest() { options_.directory = "/spool"; }

  std::unique_ptr<GroupCommit> Make(GroupCommit::Options options = {.retry_nanos = 1}) {
    auto journal = Journal::Open(options_, files_, [](auto, auto) {});
    return std::make_unique<GroupCommit>(*std::move(journal), options, events_);
  }

  // What the next process would find.
  std::vector<std::string> Records() {
    std::vector<std::string> records;
    (void)Journal::Open(options_, files_, [&](auto number, auto payload) {
      if (number != 0) records.emplace_back(payload);
    });
    return records;
  }

  FakeFileSystem files_;
  JournalOptions options_;
  Events events_;
};

TEST_F(GroupCommitTest, RecordsAreWrittenInTheirOrderAndTold) {
  auto commit = Make();
  ASSERT_TRUE(commit->Start().ok());
  EXPECT_EQ(commit->Append("a"), 1u);
  EXPECT_EQ(commit->Append("b"), 2u);
  EXPECT_TRUE(WaitUntil([&] { return events_.committed == 2; }));
  EXPECT_EQ(commit->committed(), 2u);
  EXPECT_GT(commit->bytes(), 0u);
  commit.reset();
  EXPECT_THAT(Records(), ElementsAre("a", "b"));
}

TEST_F(GroupCommitTest, StoppingWritesWhatIsThere) {
  auto commit = Make();
  commit->Append("a");
  ASSERT_TRUE(commit->Start().ok());
  commit->Append("b");
  commit.reset();
  EXPECT_THAT(Records(), ElementsAre("a", "b"));
}

TEST_F(GroupCommitTest, RecordsOfOneThreadKeepTheirOrderAmongThoseOfOthers) {
  auto commit = Make();
  ASSERT_TRUE(commit->Start().ok());
  std::vector<std::thread> threads;
  for (const char name : {'a', 'b', 'c'}) {
    threads.emplace_back([&commit, name] {
      for (int i = 1000; i < 2000; ++i) commit->Append(name + std::to_string(i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  commit.reset();
  std::vector<std::string> records = Records();
  ASSERT_EQ(records.size(), 3000u);
  std::ranges::stable_sort(records, {}, [](const std::string& record) { return record[0]; });
  EXPECT_TRUE(std::ranges::is_sorted(records));
}

TEST_F(GroupCommitTest, TasksRunBetweenTheRecordsAroundThem) {
  auto commit = Make();
  std::uint64_t next = 0;
  commit->Append("a");
  commit->Post([&](Journal& journal) {
    next = journal.next_number();
    journal.Roll();
  });
  commit->Append("b");
  ASSERT_TRUE(commit->Start().ok());
  commit.reset();
  EXPECT_EQ(next, 2u);
  EXPECT_EQ(files_.Paths().size(), 2u);
}

TEST_F(GroupCommitTest, WhatFailsIsToldOnceAndTriedUntilItWorks) {
  auto commit = Make();
  files_.Fail(Operation::kAppend, 1, 5);
  commit->Append("a");
  ASSERT_TRUE(commit->Start().ok());
  EXPECT_TRUE(WaitUntil([&] { return events_.committed == 1; }));
  EXPECT_EQ(events_.failed, 1);
  EXPECT_EQ(events_.healed, 1);
  EXPECT_TRUE(commit->health().ok());
  commit.reset();
  EXPECT_THAT(Records(), ElementsAre("a"));
}

TEST_F(GroupCommitTest, FullDiskIsItsHealthUntilThereIsSpace) {
  auto commit = Make();
  files_.SetCapacity(10);
  ASSERT_TRUE(commit->Start().ok());
  commit->Append("a");
  EXPECT_TRUE(WaitUntil([&] { return !commit->health().ok(); }));
  EXPECT_TRUE(absl::IsResourceExhausted(commit->health()));
  EXPECT_EQ(commit->committed(), 0u);
  files_.SetCapacity(1000);
  EXPECT_TRUE(WaitUntil([&] { return commit->health().ok() && commit->committed() == 1; }));
}

TEST_F(GroupCommitTest, StoppingDoesNotWaitForADiskThatFails) {
  auto commit = Make({.retry_nanos = 3600 * kNanosPerSecond});
  files_.Fail(Operation::kCreate, 1, 1000);
  commit->Append("a");
  ASSERT_TRUE(commit->Start().ok());
  commit.reset();
  EXPECT_EQ(events_.committed, 0u);
}

TEST_F(GroupCommitTest, WhenTheJournalIsFullItsOwnerMakesRoom) {
  options_.limit_bytes = 1000;
  events_.makes_room = true;
  auto commit = Make();
  ASSERT_TRUE(commit->Start().ok());
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t number = commit->Append(std::string(50, 'x'));
    ASSERT_TRUE(WaitUntil([&] { return events_.committed == number; }));
  }
  EXPECT_GT(events_.full, 0);
  EXPECT_EQ(events_.failed, 0);
  commit.reset();
  EXPECT_LE(files_.TotalBytes(), 1000u);
}

TEST_F(GroupCommitTest, WhenNoRoomIsMadeItWaitsForIt) {
  options_.limit_bytes = 1000;
  auto commit = Make();
  ASSERT_TRUE(commit->Start().ok());
  for (int i = 0; i < 20; ++i) {
    commit->Append(std::string(50, 'x'));
  }
  EXPECT_TRUE(WaitUntil([&] { return absl::IsOutOfRange(commit->health()); }));
  events_.makes_room = true;
  EXPECT_TRUE(WaitUntil([&] { return commit->committed() == 20; }));
}

TEST_F(GroupCommitTest, HasRoomAgainOnceItIsWritten) {
  auto commit = Make({.max_pending_bytes = 5});
  EXPECT_TRUE(commit->HasRoom());
  commit->Append("hello");
  EXPECT_FALSE(commit->HasRoom());
  ASSERT_TRUE(commit->Start().ok());
  EXPECT_TRUE(WaitUntil([&] { return commit->HasRoom(); }));
}

}  // namespace
}  // namespace obs
