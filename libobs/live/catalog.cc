#include "live/catalog.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"

namespace obs {
namespace {

constexpr std::size_t kClockCheckEvery = 64;  // series
constexpr std::size_t kMinToCompact = 1024;   // series

}  // namespace

Catalog::Catalog(Store& store, const Clock& clock, FrameMemory memory)
    : store_(store), clock_(clock), memory_(std::move(memory)) {
  // What was created before now comes with both; once is enough.
  store_.TakeCreated();
  store_.ForEachSeries(/*include_expired=*/false,
                       [this](const SeriesPtr& series) { all_.push_back(series); });
}

Catalog::~Catalog() {
  while (!groups_.empty()) Remove(*groups_.begin()->second);
}

Group& Catalog::FindOrAdd(const Subscription& subscription) {
  auto& group = groups_[subscription.GroupKey()];
  if (!group) group = std::make_unique<Group>(subscription, memory_);
  return *group;
}

void Catalog::Remove(Group& group) {
  group.Clear([this](TrackedSeries& series) { Untrack(series); });
  groups_.erase(group.subscription().GroupKey());
}

void Catalog::Prune(Group& group, std::uint64_t oldest) {
  group.Prune(oldest, [this](TrackedSeries& series) { Untrack(series); });
}

void Catalog::Pull() {
  // Expiry first: a series in both lists expired and came back.
  for (const SeriesPtr& series : store_.TakeExpired()) OnExpired(series);
  std::vector<SeriesPtr> created = store_.TakeCreated();
  all_.insert(all_.end(), std::make_move_iterator(created.begin()), std::make_move_iterator(created.end()));
  store_.DrainChanges(
      [this](const SeriesPtr& series, const SeriesState& state) { OnChanged(series, state); });
  if (expired_in_all_ >= kMinToCompact && expired_in_all_ > all_.size() / 2) Compact();
}

void Catalog::OnExpired(const SeriesPtr& series) {
  ++expired_in_all_;
  const auto found = tracked_.find(series.get());
  if (found == tracked_.end()) return;
  store_.SetWatched(series, false);
  for (Member* member : found->second->members) member->group->MarkLeaving(*member);
}

void Catalog::OnChanged(const SeriesPtr& series, const SeriesState& state) {
  const auto found = tracked_.find(series.get());
  if (found == tracked_.end()) return;
  found->second->SetState(state);
  for (Member* member : found->second->members) member->group->MarkChanged(*member);
}

void Catalog::Scan(std::int64_t budget_ns) {
  const std::int64_t deadline_ns = clock_.MonotonicNanos() + budget_ns;
  std::size_t looked_at = 0;
  for (auto& [key, group] : groups_) {
    while (group->scanned < all_.size()) {
      if (++looked_at % kClockCheckEvery == 0 && clock_.MonotonicNanos() > deadline_ns) return;
      const SeriesPtr& series = all_[group->scanned++];
      if (!series->expired() && group->subscription().Matches(series->identity())) Track(*group, series);
    }
    group->ready = true;
  }
}

void Catalog::Track(Group& group, const SeriesPtr& series) {
  auto& tracked = tracked_[series.get()];
  if (!tracked) tracked = std::make_unique<TrackedSeries>(series, next_ref_++);
  // First watched, then read: a change between the two is reported, at worst a second time.
  store_.SetWatched(series, true);
  store_.ReadState(*series, &state_);
  tracked->SetState(state_);
  group.Add(*tracked);
}

void Catalog::Untrack(TrackedSeries& series) {
  if (!series.members.empty()) return;
  const SeriesPtr kept = series.series();
  store_.SetWatched(kept, false);
  tracked_.erase(kept.get());
}

void Catalog::Compact() {
  std::vector<std::size_t> kept_before(all_.size() + 1, 0);
  absl::flat_hash_set<const Series*> seen;
  std::vector<SeriesPtr> kept;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    kept_before[i] = kept.size();
    if (!all_[i]->expired() && seen.insert(all_[i].get()).second) kept.push_back(std::move(all_[i]));
  }
  kept_before[all_.size()] = kept.size();
  for (auto& [key, group] : groups_) group->scanned = kept_before[group->scanned];
  all_ = std::move(kept);
  expired_in_all_ = 0;
}

}  // namespace obs
