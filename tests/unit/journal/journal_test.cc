#include "journal/journal.h"

#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "journal/segment.h"
#include "support/fake_file_system.h"

namespace obs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Operation = FakeFileSystem::Operation;

constexpr char kDirectory[] = "/spool";

struct Found {
  std::vector<std::string> records;
  std::vector<std::uint64_t> numbers;
  std::string head;
};

class JournalTest : public ::testing::Test {
 protected:
  JournalTest() {
    options_.directory = kDirectory;
    options_.head = [] { return std::string("head"); };
  }

  // Opens it anew, as the next process would.
  absl::Status Open() {
    journal_.reset();
    found_ = {};
    auto journal = Journal::Open(options_, files_, [this](std::uint64_t number, std::string_view payload) {
      if (number == 0) {
        found_.head = payload;
        return;
      }
      found_.numbers.push_back(number);
      found_.records.emplace_back(payload);
    });
    if (journal.ok()) journal_ = *std::move(journal);
    return journal.status();
  }

  absl::Status Write(const std::vector<std::string>& records) {
    return journal_->Write(std::vector<std::string_view>(records.begin(), records.end()));
  }

  static std::string PathOf(std::uint64_t first) {
    return std::string(kDirectory) + "/" + SegmentName(first);
  }

  // Two segments: "a", "bb" and "ccc", "dddd".
  void WriteTwoSegments() {
    ASSERT_TRUE(Open().ok());
    ASSERT_TRUE(Write({"a", "bb"}).ok());
    journal_->Roll();
    ASSERT_TRUE(Write({"ccc"}).ok());
    ASSERT_TRUE(Write({"dddd"}).ok());
  }

  FakeFileSystem files_;
  JournalOptions options_;
  std::unique_ptr<Journal> journal_;
  Found found_;
};

TEST_F(JournalTest, RecordsAreFoundAgainInOrder) {
  WriteTwoSegments();
  ASSERT_TRUE(Open().ok());
  EXPECT_THAT(found_.records, ElementsAre("a", "bb", "ccc", "dddd"));
  EXPECT_THAT(found_.numbers, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(found_.head, "head");
  EXPECT_EQ(journal_->next_number(), 5u);
  EXPECT_EQ(journal_->condition().segments, 2u);
  EXPECT_EQ(journal_->condition().cut_bytes, 0u);
  EXPECT_EQ(journal_->condition().missing_records, 0u);
}

TEST_F(JournalTest, RecordsMayBeEmptyAndBinary) {
  const std::string binary("\0\xff\n", 3);
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Write({"", binary, std::string(3'000'000, 'x')}).ok());
  ASSERT_TRUE(Open().ok());
  EXPECT_THAT(found_.records, ElementsAre("", binary, std::string(3'000'000, 'x')));
}

TEST_F(JournalTest, NewOneIsEmpty) {
  ASSERT_TRUE(Open().ok());
  EXPECT_THAT(found_.records, IsEmpty());
  EXPECT_EQ(journal_->next_number(), 1u);
  EXPECT_EQ(journal_->bytes(), 0u);
  EXPECT_THAT(files_.Paths(), IsEmpty());
}

TEST_F(JournalTest, OpeningAgainBeginsASegmentAndLeavesTheOthersAlone) {
  WriteTwoSegments();
  const std::string before = files_.Get(PathOf(3));
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Write({"e"}).ok());
  EXPECT_EQ(files_.Get(PathOf(3)), before);
  EXPECT_THAT(files_.Paths(), ElementsAre(PathOf(1), PathOf(3), PathOf(5)));
}

TEST_F(JournalTest, FullSegmentIsFollowedByAnother) {
  options_.segment_bytes = 100;
  ASSERT_TRUE(Open().ok());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Write({std::string(80, 'x')}).ok());
  EXPECT_THAT(files_.Paths(), ElementsAre(PathOf(1), PathOf(2), PathOf(3)));
}

TEST_F(JournalTest, HeadOfASegmentWithoutRecordsIsFound) {
  WriteTwoSegments();
  const std::string segment = files_.Get(PathOf(1));
  files_.Put(PathOf(1), segment.substr(0, kSegmentHeaderBytes + kFrameHeadBytes + 4));
  ASSERT_TRUE(files_.Remove(PathOf(3)).ok());
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(found_.head, "head");
  EXPECT_THAT(found_.records, IsEmpty());
}

// ---- Damage ----

// What must be true of a journal one of whose segments was damaged, and how many records are gone at most.
void ExpectValidPrefix(const Found& found, const JournalCondition& condition, std::uint64_t damaged_segment) {
  const std::vector<std::string> all = {"a", "bb", "ccc", "dddd"};
  std::size_t of_first = 0;
  for (std::size_t i = 0; i < found.records.size(); ++i) {
    ASSERT_EQ(found.records[i], all.at(found.numbers[i] - 1));
    ASSERT_GT(found.numbers[i], i == 0 ? 0 : found.numbers[i - 1]);
    of_first += found.numbers[i] <= 2 ? 1 : 0;
  }
  const std::size_t of_second = found.records.size() - of_first;
  // Of the damaged segment a prefix, of the other one all.
  EXPECT_EQ(damaged_segment == 1 ? of_second : of_first, 2u);
  EXPECT_EQ(condition.records, found.records.size());
  EXPECT_EQ(condition.missing_records, of_first == 1 ? 1u : 0u);
}

class JournalDamageTest : public JournalTest, public ::testing::WithParamInterface<std::uint64_t> {};

TEST_P(JournalDamageTest, CutAnywhereKeepsTheValidPrefixAndGoesOn) {
  WriteTwoSegments();
  const std::string path = PathOf(GetParam());
  const std::string whole = files_.Get(path);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    files_.Put(path, whole.substr(0, size));
    ASSERT_TRUE(Open().ok());
    ExpectValidPrefix(found_, journal_->condition(), GetParam());
    EXPECT_LT(found_.records.size(), 4u);
    ASSERT_TRUE(Write({"next"}).ok());
    const std::size_t found = found_.records.size();
    ASSERT_TRUE(Open().ok());
    ASSERT_EQ(found_.records.size(), found + 1);
    EXPECT_EQ(found_.records.back(), "next");
    journal_.reset();
    for (const std::string& each : files_.Paths()) {
      if (each == PathOf(1) || each == PathOf(3)) continue;
      ASSERT_TRUE(files_.Remove(each).ok());
    }
  }
}

TEST_P(JournalDamageTest, FlipOfAnyBitKeepsTheValidPrefixAndGoesOn) {
  WriteTwoSegments();
  const std::string path = PathOf(GetParam());
  const std::string whole = files_.Get(path);
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    SCOPED_TRACE(bit);
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    files_.Put(path, damaged);
    ASSERT_TRUE(Open().ok());
    ExpectValidPrefix(found_, journal_->condition(), GetParam());
    EXPECT_LT(found_.records.size(), 4u);
    EXPECT_EQ(journal_->condition().damaged_segments, 1u);
    EXPECT_GT(journal_->condition().cut_bytes, 0u);
    EXPECT_LE(journal_->condition().cut_bytes, whole.size());
  }
}

INSTANTIATE_TEST_SUITE_P(FirstAndLastSegment, JournalDamageTest, ::testing::Values(1, 3));

TEST_F(JournalTest, BytesBehindTheLastRecordAreCutAndCounted) {
  WriteTwoSegments();
  files_.Put(PathOf(3), files_.Get(PathOf(3)) + "half a record");
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(found_.records.size(), 4u);
  EXPECT_EQ(journal_->condition().cut_bytes, 13u);
}

TEST_F(JournalTest, SegmentThatIsGoneIsCountedAsMissing) {
  WriteTwoSegments();
  journal_->Roll();
  ASSERT_TRUE(Write({"e"}).ok());
  ASSERT_TRUE(files_.Remove(PathOf(3)).ok());
  ASSERT_TRUE(Open().ok());
  EXPECT_THAT(found_.records, ElementsAre("a", "bb", "e"));
  EXPECT_EQ(journal_->condition().missing_records, 2u);
}

TEST_F(JournalTest, OtherFilesInTheDirectoryAreLeftAlone) {
  files_.Put("/spool/notes.txt", "mine");
  files_.Put("/spool/1.journal", "mine");
  WriteTwoSegments();
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(found_.records.size(), 4u);
  journal_->Discard(99);
  EXPECT_EQ(files_.Get("/spool/notes.txt"), "mine");
  EXPECT_EQ(files_.Get("/spool/1.journal"), "mine");
}

// ---- Room ----

TEST_F(JournalTest, LimitIsNeverExceeded) {
  options_.limit_bytes = 1000;
  ASSERT_TRUE(Open().ok());
  absl::Status status;
  int written = 0;
  for (; status.ok(); ++written) status = Write({std::string(50, 'x')});
  EXPECT_TRUE(absl::IsOutOfRange(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("/spool: full, at its limit of"));
  EXPECT_GT(written, 8);
  EXPECT_LE(files_.TotalBytes(), 1000u);
  EXPECT_EQ(files_.TotalBytes(), journal_->bytes());
}

TEST_F(JournalTest, DiscardingMakesRoomSegmentBySegment) {
  options_.limit_bytes = 1000;
  ASSERT_TRUE(Open().ok());
  while (Write({std::string(50, 'x')}).ok()) {
  }
  const std::uint64_t second = journal_->second_segment();
  ASSERT_GT(second, journal_->first_number());
  journal_->Discard(second - 1);
  EXPECT_EQ(journal_->first_number(), 1u);
  journal_->Discard(second);
  EXPECT_EQ(journal_->first_number(), second);
  EXPECT_TRUE(Write({std::string(50, 'x')}).ok());
  EXPECT_EQ(files_.TotalBytes(), journal_->bytes());
}

TEST_F(JournalTest, NewestSegmentIsNeverDiscarded) {
  WriteTwoSegments();
  journal_->Discard(1000);
  EXPECT_THAT(files_.Paths(), ElementsAre(PathOf(3)));
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(journal_->next_number(), 5u);
}

TEST_F(JournalTest, WhatWasThereBeforeCountsTowardsTheLimit) {
  WriteTwoSegments();
  options_.limit_bytes = journal_->bytes();
  ASSERT_TRUE(Open().ok());
  EXPECT_TRUE(absl::IsOutOfRange(Write({"e"})));
}

TEST_F(JournalTest, HasOneOwner) {
  ASSERT_TRUE(Open().ok());
  const auto second = Journal::Open(options_, files_, [](auto, auto) {});
  EXPECT_TRUE(absl::IsFailedPrecondition(second.status()));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("/spool/lock: in use by process"));
}

// ---- A file system that fails ----

TEST_F(JournalTest, FailureOfAnyOperationLosesNothingThatWasWritten) {
  options_.sync = true;
  options_.segment_bytes = 100;
  for (const Operation operation : {Operation::kCreate, Operation::kAppend, Operation::kSync,
                                    Operation::kSyncDirectory, Operation::kTruncate, Operation::kRemove}) {
    for (int nth = 1; nth <= 12; ++nth) {
      SCOPED_TRACE(fmt::format("operation {}, {}", static_cast<int>(operation), nth));
      for (const std::string& path : files_.Paths()) ASSERT_TRUE(files_.Remove(path).ok());
      ASSERT_TRUE(Open().ok());
      // The failed write's clean-up fails too.
      files_.Fail(Operation::kTruncate, 1, 100);
      files_.Fail(operation, nth);
      std::vector<std::string> written;
      for (int i = 0; i < 6; ++i) {
        const std::vector<std::string> group = {fmt::format("{}-{}", i, std::string(40, 'x')), "small"};
        ASSERT_TRUE(Write(group).ok() || Write(group).ok());  // tried again, it works
        written.insert(written.end(), group.begin(), group.end());
      }
      files_.FailNothing();
      ASSERT_TRUE(Open().ok());
      EXPECT_EQ(found_.records, written);
      EXPECT_EQ(journal_->condition().missing_records, 0u);
    }
  }
  EXPECT_TRUE(files_.failed());
}

TEST_F(JournalTest, FullDiskRefusesAndGoesOnOnceThereIsSpace) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(Write({"a"}).ok());
  files_.SetCapacity(files_.TotalBytes() + 5);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(absl::IsResourceExhausted(Write({"bb", std::string(100, 'x')})));
  files_.SetCapacity(100'000);
  ASSERT_TRUE(Write({"bb", "ccc"}).ok());
  ASSERT_TRUE(Open().ok());
  EXPECT_THAT(found_.records, ElementsAre("a", "bb", "ccc"));
}

TEST_F(JournalTest, FailureToReadIsToldAndNotTakenForDamage) {
  WriteTwoSegments();
  for (const Operation operation : {Operation::kMakeDirectory, Operation::kLock, Operation::kList,
                                    Operation::kSize, Operation::kOpenToRead, Operation::kRead}) {
    files_.Fail(operation);
    const absl::Status status = Open();
    EXPECT_TRUE(absl::IsUnavailable(status)) << static_cast<int>(operation) << " " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("/spool"));
  }
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(found_.records.size(), 4u);
}

// ---- The machine's file system ----

TEST(SystemJournalTest, RecordsSurviveOnDisk) {
  JournalOptions options{.directory = ::testing::TempDir() + fmt::format("journal-{}/nested", ::getpid()),
                         .sync = true};
  std::vector<std::string> records;
  const auto visit = [&](auto number, auto payload) {
    if (number != 0) records.emplace_back(payload);
  };
  {
    auto journal = Journal::Open(options, FileSystem::System(), visit);
    ASSERT_TRUE(journal.ok()) << journal.status();
    std::vector<std::string> many;
    for (int i = 0; i < 3000; ++i)
      many.push_back(std::to_string(i));  // more than fit in one call to the system
    ASSERT_TRUE((*journal)->Write(std::vector<std::string_view>(many.begin(), many.end())).ok());
    EXPECT_TRUE(absl::IsFailedPrecondition(Journal::Open(options, FileSystem::System(), visit).status()));
  }
  auto journal = Journal::Open(options, FileSystem::System(), visit);
  ASSERT_TRUE(journal.ok()) << journal.status();
  ASSERT_EQ(records.size(), 3000u);
  EXPECT_EQ(records[2999], "2999");
  std::filesystem::remove_all(std::filesystem::path(options.directory).parent_path());
}

TEST(SystemJournalTest, ErrorsNameThePathAndWhatTheSystemSaid) {
  const auto journal =
      Journal::Open({.directory = "/dev/null/spool"}, FileSystem::System(), [](auto, auto) {});
  EXPECT_THAT(std::string(journal.status().message()), HasSubstr("/dev/null"));
  EXPECT_THAT(std::string(journal.status().message()), HasSubstr("Not a directory"));
}

}  // namespace
}  // namespace obs
