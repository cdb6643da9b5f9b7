#include "buffer/histogram_history.h"

#include <algorithm>

namespace obs {
namespace {

void LimitBuckets(std::size_t limit, DistributionRecord* record) {
  if (record->is_explicit()) return;
  while (record->buckets() > limit && record->scale > Sketch::kMinScale)
    record->ReduceScale(record->scale - 1);
}

}  // namespace

bool HistogramHistory::PopRecent(const HistoryTiers& tiers, std::int64_t until_us,
                                 DistributionRecord* record) {
  if (recent_.empty() || recent_.front_us() > until_us) return false;
  recent_.PopFront(record);
  const std::size_t buckets = record->buckets();
  if (buckets > kMaxFineBuckets) {
    DistributionRecord limited = *record;
    LimitBuckets(kMaxFineBuckets, &limited);
    fine_.PushBack(limited);
  } else {
    fine_.PushBack(*record);
  }
  Age(tiers, record->newest_us());
  return true;
}

// Whole groups move from the fine part to the coarse one.
void HistogramHistory::Age(const HistoryTiers& tiers, std::int64_t newest_us) {
  const std::int64_t group_us = kSlotsPerGroup * tiers.coarse_us;
  for (;;) {
    const std::int64_t group_end_us = (fine_.front_us() / group_us + 1) * group_us;
    if (group_end_us > newest_us - tiers.fine_span_us) break;  // the newest slot is never that old
    MoveGroup(tiers, group_end_us);
  }
  while (!coarse_.empty() && coarse_.front_us() <= newest_us - tiers.span_us) Forget(&coarse_);
}

void HistogramHistory::MoveGroup(const HistoryTiers& tiers, std::int64_t group_end_us) {
  DistributionRecord group;
  DistributionRecord slot;
  DistributionRecord finer;
  while (fine_.front_us() < group_end_us) {
    fine_.PopFront(&slot);
    const std::int64_t slot_end_us = (slot.oldest_us() / tiers.coarse_us + 1) * tiers.coarse_us;
    while (fine_.front_us() < slot_end_us) {
      fine_.PopFront(&finer);
      slot.MergeBuckets(finer);
      slot.slots.back() = {finer.newest_us(), slot.slots.back().count + finer.slots.back().count,
                           slot.slots.back().sum + finer.slots.back().sum};
    }
    PushCoarse(slot, &group);
  }
  FlushGroup(&group);
}

void HistogramHistory::PushCoarse(const DistributionRecord& slot, DistributionRecord* group) {
  if (slot.buckets() <= kMaxExactBuckets) {
    FlushGroup(group);
    coarse_.PushBack(slot);
    return;
  }
  if (group->empty()) group->scale = slot.scale;
  group->MergeBuckets(slot);
  group->slots.push_back(slot.slots.back());
}

void HistogramHistory::FlushGroup(DistributionRecord* group) {
  if (group->empty()) return;
  LimitBuckets(kMaxGroupBuckets, group);
  coarse_.PushBack(*group);
  group->Clear();
}

void HistogramHistory::Forget(DistributionQueue* queue) {
  DistributionRecord record;
  queue->PopFront(&record);
  for (const DistributionRecord::Slot& slot : record.slots) {
    forgotten_count_ += slot.count;
    forgotten_sum_ += slot.sum;
  }
}

void HistogramHistory::Shed(std::size_t bytes) {
  const std::size_t owed = packed_bytes() + shed_ahead_bytes_;
  const std::size_t most = owed - std::min(owed, bytes);
  while (packed_bytes() > most && (!coarse_.empty() || !fine_.empty())) {
    Forget(coarse_.empty() ? &fine_ : &coarse_);
  }
  shed_ahead_bytes_ = most - std::min(most, packed_bytes());
}

}  // namespace obs
