#include "agent/outbox.h"

#include <string>

#include "gtest/gtest.h"

namespace obs {
namespace {

OutboundBatch Batch(std::uint64_t sequence, std::uint64_t samples, std::size_t bytes = 100) {
  return {.sequence = sequence, .samples = samples, .body = std::make_shared<const std::string>(bytes, 'b')};
}

// Sends all, the first at place 1.
void SendAll(Outbox& outbox) {
  for (std::uint64_t place = 1; outbox.NextUnsent() != nullptr; ++place) outbox.MarkSent(place);
}

TEST(OutboxTest, BatchesAreSentInOrder) {
  Outbox outbox(100, 10'000);
  outbox.Push(Batch(1, 1));
  outbox.Push(Batch(2, 1));
  EXPECT_EQ(outbox.NextUnsent()->sequence, 1u);
  outbox.MarkSent(1);
  EXPECT_EQ(outbox.NextUnsent()->sequence, 2u);
  outbox.MarkSent(2);
  EXPECT_EQ(outbox.NextUnsent(), nullptr);
}

TEST(OutboxTest, ConfirmationRemovesAllUpToIt) {
  Outbox outbox(100, 10'000);
  for (std::uint64_t i = 1; i <= 4; ++i) outbox.Push(Batch(i, i));
  SendAll(outbox);
  EXPECT_EQ(outbox.Confirm(3).samples, 6u);
  EXPECT_EQ(outbox.samples(), 4u);
  EXPECT_TRUE(outbox.AwaitsConfirmation());
  EXPECT_EQ(outbox.Confirm(3).samples, 0u);
  EXPECT_EQ(outbox.Confirm(99).samples, 4u);
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.bytes(), 0u);
  EXPECT_FALSE(outbox.AwaitsConfirmation());
}

TEST(OutboxTest, AfterABreakEverythingIsSentAgain) {
  Outbox outbox(100, 10'000);
  for (std::uint64_t i = 1; i <= 3; ++i) outbox.Push(Batch(i, 1));
  SendAll(outbox);
  outbox.Confirm(1);
  outbox.Rewind();
  EXPECT_EQ(outbox.NextUnsent()->sequence, 2u);
  EXPECT_FALSE(outbox.AwaitsConfirmation());
}

TEST(OutboxTest, RoomIsBoundedInSamples) {
  Outbox outbox(10, 1'000'000);
  outbox.Push(Batch(1, 6));
  EXPECT_TRUE(outbox.HasRoomFor(4, 100));
  EXPECT_FALSE(outbox.HasRoomFor(5, 100));
}

TEST(OutboxTest, RoomIsBoundedInBytesWithOverhead) {
  Outbox outbox(1'000'000, 1000);
  outbox.Push(Batch(1, 1, 1000 - 2 * Outbox::kOverheadBytes - 50));
  EXPECT_TRUE(outbox.HasRoomFor(1, 50));
  EXPECT_FALSE(outbox.HasRoomFor(1, 51));
}

TEST(OutboxTest, EmptyOutboxTakesWhatIsLargerThanItself) {
  Outbox outbox(10, 100);
  EXPECT_TRUE(outbox.HasRoomFor(11, 5000));
  EXPECT_EQ(outbox.MakeRoomFor(11, 5000), 0u);
}

TEST(OutboxTest, MakingRoomDropsTheOldest) {
  Outbox outbox(10, 1'000'000);
  for (std::uint64_t i = 1; i <= 3; ++i) outbox.Push(Batch(i, 3));
  SendAll(outbox);
  EXPECT_EQ(outbox.MakeRoomFor(5, 100), 6u);
  EXPECT_EQ(outbox.samples(), 3u);
  outbox.Rewind();
  EXPECT_EQ(outbox.NextUnsent()->sequence, 3u);
}

TEST(OutboxTest, BatchDroppedBeforeItWasSentIsNotDoubtful) {
  Outbox outbox(1, 10'000);
  outbox.Push(Batch(2, 1));
  outbox.MakeRoomFor(1, 1);
  outbox.Rewind();
  EXPECT_FALSE(outbox.IsInDoubt());
}

TEST(OutboxTest, BatchDroppedOnItsStreamIsSettledByAnAckOfThatStream) {
  Outbox outbox(10, 10'000);
  outbox.Push(Batch(2, 5));
  outbox.Push(Batch(3, 5));
  SendAll(outbox);
  EXPECT_EQ(outbox.MakeRoomFor(10, 1), 10u);
  EXPECT_EQ(outbox.Confirm(2).recovered, 5u);
  EXPECT_EQ(outbox.Confirm(2).recovered, 0u);
  EXPECT_EQ(outbox.Confirm(3).recovered, 5u);
}

TEST(OutboxTest, BatchOfABrokenStreamIsSettledOnlyByWhatHadArrivedBefore) {
  Outbox outbox(10, 10'000);
  outbox.Push(Batch(2, 4));
  outbox.Push(Batch(3, 5));
  SendAll(outbox);
  outbox.MakeRoomFor(5, 1);  // drops 2 on its stream
  outbox.Rewind();
  outbox.MakeRoomFor(10, 1);  // drops 3, which was sent before the break
  EXPECT_TRUE(outbox.IsInDoubt());
  outbox.Push(Batch(4, 1));
  SendAll(outbox);
  EXPECT_EQ(outbox.Confirm(4).recovered, 0u) << "that batch 4 arrived says nothing of 2 and 3";
  EXPECT_EQ(outbox.SettleDoubtful(2), 4u);
  EXPECT_FALSE(outbox.IsInDoubt());
  EXPECT_EQ(outbox.SettleDoubtful(99), 0u);
}

TEST(OutboxTest, WhatIsKeptOfABrokenStreamIsInDoubtUntilSettled) {
  Outbox outbox(5, 10'000);
  outbox.Push(Batch(2, 4));
  EXPECT_FALSE(outbox.IsInDoubt());
  SendAll(outbox);
  outbox.Rewind();
  EXPECT_TRUE(outbox.IsInDoubt());
  EXPECT_EQ(outbox.SettleDoubtful(1), 0u);
  EXPECT_FALSE(outbox.IsInDoubt());
  outbox.MakeRoomFor(5, 1);
  outbox.Rewind();
  EXPECT_FALSE(outbox.IsInDoubt()) << "it was dropped when it was known not to have arrived";
}

TEST(OutboxTest, CulpritsAreFoundAmongWhatWasSent) {
  Outbox outbox(100, 10'000);
  outbox.Push(Batch(1, 1, 10));
  outbox.Push(Batch(2, 2, 500));
  outbox.Push(Batch(3, 4, 20));
  outbox.Push(Batch(4, 8, 900));
  EXPECT_FALSE(outbox.DropLargestSent());
  EXPECT_FALSE(outbox.DropOldestSent());
  for (std::uint64_t place = 11; place <= 13; ++place) outbox.MarkSent(place);
  EXPECT_EQ(outbox.DropLargestSent()->samples, 2u);
  EXPECT_FALSE(outbox.DropSentAt(12)) << "gone already";
  EXPECT_EQ(outbox.DropSentAt(13)->samples, 4u);
  EXPECT_EQ(outbox.DropOldestSent()->samples, 1u);
  EXPECT_FALSE(outbox.DropOldestSent());
  EXPECT_EQ(outbox.NextUnsent()->sequence, 4u);
}

}  // namespace
}  // namespace obs
