// The publisher and its spool: what waits on disk alone, and what need not wait there any more.
#include <algorithm>
#include <utility>

#include "agent/publisher.h"

namespace obs {
namespace {

// What is read from the spool at once.
constexpr std::size_t kRefillBytes = 4u << 20;

}  // namespace

void Publisher::Backlog::Add(const OutboundBatch& batch) {
  if (batches++ == 0) first_record = batch.record;
  samples += batch.samples;
  last_record = batch.record;
}

void Publisher::Backlog::Remove(const OutboundBatch& batch) {
  --batches;
  samples -= batch.samples;
  first_record = batch.record + 1;
}

bool Publisher::Refill() {
  const bool has_room =
      outbox_.samples() <= options_.max_samples / 2 && outbox_.bytes() <= options_.max_bytes / 2;
  if (backlog_.batches == 0 || !has_room) return false;
  const std::uint64_t first = backlog_.first_record;
  const std::uint64_t last = std::min(backlog_.last_record, spool_->written());
  if (first > last) return false;
  mutex_.unlock();
  std::vector<OutboundBatch> batches =
      spool_->Read(first, last, std::min(kRefillBytes, options_.max_bytes / 2));
  mutex_.lock();
  const bool found_any = !batches.empty();
  for (OutboundBatch& batch : batches) {
    if (backlog_.batches == 0 || batch.record < backlog_.first_record) continue;  // dropped meanwhile
    backlog_.Remove(batch);
    if (batch.sequence <= acknowledged_) {
      taken_over_confirmed_ += batch.samples;  // only an earlier life sent what is not in memory
    } else {
      outbox_.Push(std::move(batch));
    }
  }
  if (!found_any) {
    const bool is_unchanged = backlog_.first_record == first && backlog_.last_record == last;
    if (backlog_.batches == 0 || !is_unchanged) return false;
    losses_.Add(Loss::kDamaged, backlog_.samples);
    backlog_ = {};
  }
  TellSpool();
  WriteNext();
  changed_.notify_all();
  return true;
}

void Publisher::TellSpool() {
  if (spool_ == nullptr) return;
  const OutboundBatch* const oldest = outbox_.oldest();
  std::uint64_t needed = last_record_ + 1;
  if (oldest != nullptr) {
    needed = oldest->record;
  } else if (backlog_.batches != 0) {
    needed = backlog_.first_record;
  }
  spool_->Confirm(acknowledged_, needed);
}

void Publisher::OnSpoolProgress() {
  MutexLock lock(mutex_);
  WriteNext();
  changed_.notify_all();
}

void Publisher::OnSpoolDrops(std::uint64_t record, const std::vector<OutboundBatch>& batches) {
  MutexLock lock(mutex_);
  std::uint64_t dropped = outbox_.DropBelow(record);
  for (const OutboundBatch& batch : batches) {
    if (backlog_.batches == 0 || batch.record < backlog_.first_record) continue;
    backlog_.Remove(batch);
    (batch.sequence <= acknowledged_ ? taken_over_confirmed_ : dropped) += batch.samples;
  }
  if (dropped != 0) losses_.Add(Loss::kBufferFull, dropped);
  changed_.notify_all();
}

}  // namespace obs
