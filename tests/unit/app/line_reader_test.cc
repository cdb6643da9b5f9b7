#include "app/line_reader.h"

#include <unistd.h>

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace obs {
namespace {

using ::testing::ElementsAre;

constexpr std::size_t kMaxLineBytes = 100'000;

class LineReaderTest : public ::testing::Test {
 protected:
  LineReaderTest() {
    EXPECT_EQ(0, pipe(pipe_));
    reader_.emplace(pipe_[0], kMaxLineBytes);
  }
  ~LineReaderTest() override {
    close(pipe_[0]);
    EndInput();
  }

  void Write(std::string_view text) {
    ASSERT_EQ(static_cast<ssize_t>(text.size()), write(pipe_[1], text.data(), text.size()));
  }
  void EndInput() {
    if (pipe_[1] >= 0) close(pipe_[1]);
    pipe_[1] = -1;
  }
  std::vector<std::string> ReadLines() {
    EXPECT_TRUE(reader_->Read().ok());
    std::vector<std::string> lines;
    while (const auto line = reader_->Next()) lines.emplace_back(line->text);
    return lines;
  }

  int pipe_[2];
  std::optional<LineReader> reader_;
};

TEST_F(LineReaderTest, LineComesOnceItsEndIsThere) {
  Write("one\ntw");
  EXPECT_THAT(ReadLines(), ElementsAre("one"));
  Write("o\r\n\n");
  EXPECT_THAT(ReadLines(), ElementsAre("two", ""));
}

TEST_F(LineReaderTest, LastLineNeedsNoEnd) {
  Write("one\ntwo");
  EndInput();
  EXPECT_THAT(ReadLines(), ElementsAre("one"));
  EXPECT_FALSE(reader_->at_end());
  EXPECT_THAT(ReadLines(), ElementsAre("two"));
  EXPECT_TRUE(reader_->at_end());
  EXPECT_THAT(ReadLines(), ElementsAre());
}

TEST_F(LineReaderTest, LinesAreNumberedFromOne) {
  Write("a\n\nb\n");
  ASSERT_TRUE(reader_->Read().ok());
  EXPECT_EQ(1u, reader_->Next()->number);
  EXPECT_EQ(2u, reader_->Next()->number);
  EXPECT_EQ(3u, reader_->Next()->number);
}

TEST_F(LineReaderTest, LineThatIsTooLongIsHandedOutOnceAndItsRestSkipped) {
  const std::string piece(32 * 1024, 'x');
  std::vector<LineReader::Line> too_long;
  for (std::size_t sent = 0; sent < 4 * kMaxLineBytes; sent += piece.size()) {
    Write(piece);
    ASSERT_TRUE(reader_->Read().ok());
    while (const auto line = reader_->Next()) too_long.push_back(*line);
  }
  ASSERT_EQ(1u, too_long.size());
  EXPECT_TRUE(too_long[0].too_long);
  EXPECT_LE(too_long[0].text.size(), kMaxLineBytes);
  Write("\nnext\n");
  ASSERT_TRUE(reader_->Read().ok());
  const auto line = reader_->Next();
  ASSERT_TRUE(line);
  EXPECT_EQ("next", line->text);
  EXPECT_EQ(2u, line->number);
  EXPECT_FALSE(line->too_long);
}

TEST_F(LineReaderTest, WaitingEndsByInputTimeOrCancellation) {
  EXPECT_EQ(LineReader::Input::kTimeout, reader_->WaitForInput(0));
  Write("x");
  EXPECT_EQ(LineReader::Input::kReady, reader_->WaitForInput(-1));
  reader_->Cancel();
  EXPECT_EQ(LineReader::Input::kCancelled, reader_->WaitForInput(-1));
}

TEST_F(LineReaderTest, EndOfInputIsReadyToRead) {
  EndInput();
  EXPECT_EQ(LineReader::Input::kReady, reader_->WaitForInput(-1));
  EXPECT_TRUE(reader_->Read().ok());
  EXPECT_TRUE(reader_->at_end());
}

TEST(LineReaderErrorTest, WhatCannotBeReadIsAnErrorAndTheEnd) {
  LineReader reader(-1, kMaxLineBytes);
  EXPECT_FALSE(reader.Read().ok());
  EXPECT_TRUE(reader.at_end());
}

}  // namespace
}  // namespace obs
