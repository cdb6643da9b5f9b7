#include "agent/outbox.h"

#include <algorithm>
#include <utility>

namespace obs {
namespace {

std::size_t CostOf(const OutboundBatch& batch) {
  return batch.body->size() + Outbox::kOverheadBytes;
}

}  // namespace

bool Outbox::HasRoomFor(std::uint64_t samples, std::size_t bytes) const {
  return batches_.empty() ||
         (samples_ + samples <= max_samples_ && bytes_ + bytes + kOverheadBytes <= max_bytes_);
}

std::uint64_t Outbox::MakeRoomFor(std::uint64_t samples, std::size_t bytes) {
  std::uint64_t dropped = 0;
  while (!HasRoomFor(samples, bytes)) dropped += DropOldest();
  return dropped;
}

std::uint64_t Outbox::DropBelow(std::uint64_t record) {
  std::uint64_t dropped = 0;
  while (!batches_.empty() && batches_.front().record != 0 && batches_.front().record < record)
    dropped += DropOldest();
  return dropped;
}

std::uint64_t Outbox::DropOldest() {
  const OutboundBatch& oldest = batches_.front();
  if (oldest.was_sent) {
    // Batches are sent in order, so those that were not sent on the current stream stay in front.
    if (oldest.place == 0) ++old_doubtful_;
    doubtful_.push_back({oldest.sequence, oldest.samples});
  }
  return Remove(0).samples;
}

void Outbox::Push(OutboundBatch batch) {
  samples_ += batch.samples;
  bytes_ += CostOf(batch);
  batches_.push_back(std::move(batch));
}

const OutboundBatch* Outbox::NextUnsent() const {
  return sent_ < batches_.size() ? &batches_[sent_] : nullptr;
}

void Outbox::MarkSent(std::uint64_t place) {
  OutboundBatch& batch = batches_[sent_++];
  batch.place = place;
  batch.was_sent = true;
}

Outbox::Confirmed Outbox::Confirm(std::uint64_t sequence) {
  Confirmed confirmed;
  while (!batches_.empty() && batches_.front().sequence <= sequence) confirmed.samples += Remove(0).samples;
  while (doubtful_.size() > old_doubtful_ && doubtful_[old_doubtful_].sequence <= sequence) {
    confirmed.recovered += doubtful_[old_doubtful_].samples;
    doubtful_.erase(doubtful_.begin() + static_cast<std::ptrdiff_t>(old_doubtful_));
  }
  return confirmed;
}

void Outbox::Rewind() {
  for (std::size_t i = 0; i < sent_; ++i) batches_[i].place = 0;
  sent_ = 0;
  old_doubtful_ = doubtful_.size();
}

// Batches are sent in order: if the first was not sent, none was.
bool Outbox::IsInDoubt() const {
  return old_doubtful_ != 0 || (!batches_.empty() && batches_.front().was_sent);
}

std::uint64_t Outbox::SettleDoubtful(std::uint64_t sequence) {
  for (OutboundBatch& batch : batches_) batch.was_sent = false;
  std::uint64_t arrived = 0;
  for (; old_doubtful_ != 0; --old_doubtful_) {
    if (doubtful_.front().sequence <= sequence) arrived += doubtful_.front().samples;
    doubtful_.pop_front();
  }
  return arrived;
}

std::optional<OutboundBatch> Outbox::DropLargestSent() {
  if (sent_ == 0) return std::nullopt;
  const auto sent_end = batches_.begin() + static_cast<std::ptrdiff_t>(sent_);
  const auto largest = std::max_element(batches_.begin(), sent_end, [](const auto& a, const auto& b) {
    return a.body->size() < b.body->size();
  });
  return Remove(static_cast<std::size_t>(largest - batches_.begin()));
}

std::optional<OutboundBatch> Outbox::DropSentAt(std::uint64_t place) {
  for (std::size_t i = 0; i < sent_; ++i) {
    if (batches_[i].place == place) return Remove(i);
  }
  return std::nullopt;
}

std::optional<OutboundBatch> Outbox::DropOldestSent() {
  if (sent_ == 0) return std::nullopt;
  return Remove(0);
}

OutboundBatch Outbox::Remove(std::size_t index) {
  OutboundBatch batch = std::move(batches_[index]);
  batches_.erase(batches_.begin() + static_cast<std::ptrdiff_t>(index));
  if (index < sent_) --sent_;
  samples_ -= batch.samples;
  bytes_ -= CostOf(batch);
  return batch;
}

std::uint64_t Outbox::SamplesBeyond(std::uint64_t record) const {
  std::uint64_t samples = 0;
  for (const OutboundBatch& batch : batches_) {
    if (batch.record == 0 || batch.record > record) samples += batch.samples;
  }
  return samples;
}

}  // namespace obs
