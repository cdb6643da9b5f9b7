#include "journal/journal_reader.h"

#include <string>

#include "gtest/gtest.h"
#include "journal/journal.h"
#include "journal/segment.h"
#include "support/fake_file_system.h"

namespace obs {
namespace {

class JournalReaderTest : public ::testing::Test {
 protected:
  JournalReaderTest() {
    journal_ = Journal::Open({.directory = "/spool"}, files_, [](auto, auto) {}).value();
  }

  void Write(std::string_view record) { ASSERT_TRUE(journal_->Write({&record, 1}).ok()); }

  FakeFileSystem files_;
  std::unique_ptr<Journal> journal_;
};

TEST_F(JournalReaderTest, GoesOnWhenThereIsMore) {
  JournalReader reader(files_, "/spool");
  EXPECT_FALSE(reader.Next());
  Write("a");
  ASSERT_TRUE(reader.Next());
  EXPECT_EQ(reader.payload(), "a");
  EXPECT_FALSE(reader.Next());
  Write("b");
  ASSERT_TRUE(reader.Next());
  EXPECT_EQ(reader.payload(), "b");
  journal_->Roll();
  Write("c");
  ASSERT_TRUE(reader.Next());
  EXPECT_EQ(reader.payload(), "c");
  EXPECT_EQ(reader.number(), 3u);
  EXPECT_TRUE(reader.status().ok());
  EXPECT_EQ(reader.Finish().cut_bytes, 0u);
}

TEST_F(JournalReaderTest, BeginsWhereItIsTold) {
  for (const char* const record : {"a", "b", "c", "d"}) {
    Write(record);
    if (*record == 'b') journal_->Roll();
  }
  JournalReader second(files_, "/spool", 2);
  ASSERT_TRUE(second.Next());
  EXPECT_EQ(second.payload(), "b");
  JournalReader fourth(files_, "/spool", 4);
  ASSERT_TRUE(fourth.Next());
  EXPECT_EQ(fourth.payload(), "d");
  EXPECT_FALSE(fourth.Next());
}

TEST_F(JournalReaderTest, GoesOnBehindWhatWasDiscarded) {
  for (const char* const record : {"a", "b", "c", "d"}) {
    Write(record);
    journal_->Roll();
  }
  JournalReader reader(files_, "/spool");
  ASSERT_TRUE(reader.Next());
  journal_->Discard(4);
  ASSERT_TRUE(reader.Next());
  EXPECT_EQ(reader.payload(), "d");
  EXPECT_EQ(reader.Finish().missing_records, 2u);
}

TEST_F(JournalReaderTest, RecordsLargerThanItsBufferAreWhole) {
  const std::string large(5'000'000, 'x');
  Write("a");
  Write(large);
  Write("b");
  JournalReader reader(files_, "/spool");
  ASSERT_TRUE(reader.Next());
  ASSERT_TRUE(reader.Next());
  EXPECT_EQ(reader.payload(), large);
  ASSERT_TRUE(reader.Next());
  EXPECT_EQ(reader.payload(), "b");
}

}  // namespace
}  // namespace obs
