#include "ingest/ledger.h"

#include <algorithm>

#include "spdlog/spdlog.h"

namespace obs {

Ledger::Ledger(Options options, const Clock& clock) : options_(options), clock_(clock) {}

AccountPtr Ledger::Join(std::string_view service, std::string_view instance, std::string_view producer,
                        std::string_view peer) {
  MutexLock lock(mutex_);
  if (accounts_ >= options_.max_producers) MakeRoomForProducers();
  if (instances_.size() >= options_.max_instances) MakeRoomForInstances();
  ProducerId id{
      .service = std::string(service), .instance = std::string(instance), .producer = std::string(producer)};
  Instance& home = instances_[{id.service, id.instance}];
  Entry& entry = EntryFor(home, producer, &id.slot);
  if (entry.account == nullptr) {
    entry.account =
        std::make_shared<ProducerAccount>(std::move(id), entry.baseline, home.order, clock_.NowNanos());
    ++accounts_;
  }
  entry.account->SetPeer(peer);
  if (entry.streams++ == 0 && ++home.live > 1) LogConflict(entry.account->id(), home);
  return entry.account;
}

void Ledger::Leave(const AccountPtr& account) {
  const ProducerId& id = account->id();
  MutexLock lock(mutex_);
  Instance& home = instances_.at({id.service, id.instance});
  Entry& entry = id.slot != 0 ? home.slots[id.slot - 1] : home.by_id.at(id.producer);
  if (--entry.streams != 0) return;
  --home.live;
  entry.left_ns = clock_.MonotonicNanos();
}

Ledger::Entry& Ledger::EntryFor(Instance& instance, std::string_view producer, std::uint32_t* slot) {
  if (!producer.empty()) {
    Entry& entry = instance.by_id[std::string(producer)];
    if (entry.baseline == 0) entry.baseline = next_baseline_++;
    return entry;
  }
  const auto free = std::ranges::find(instance.slots, 0u, &Entry::streams);
  *slot = static_cast<std::uint32_t>(free - instance.slots.begin()) + 1;
  if (free != instance.slots.end()) {
    if (free->baseline == 0) free->baseline = next_baseline_++;
    return *free;
  }
  return instance.slots.emplace_back(Entry{.baseline = next_baseline_++});
}

void Ledger::LogConflict(const ProducerId& id, Instance& instance) {
  if (instance.conflict_logged || id.service.empty()) return;
  instance.conflict_logged = true;
  spdlog::warn(
      "two live producers send as service \"{}\", instance \"{}\"; their totals are kept apart, but give "
      "each "
      "its own instance",
      id.service, id.instance);
}

// A tenth at a time, so that the search costs little for each producer.
void Ledger::MakeRoomForProducers() {
  struct Gone {
    std::int64_t last_seen_ns;
    InstanceMap::pointer home;
    ProducerSnapshot snapshot;
  };
  std::vector<Gone> gone;
  for (auto& home : instances_) {
    const auto consider = [&](const Entry& entry) {
      if (entry.account == nullptr || entry.streams != 0) return;
      ProducerSnapshot snapshot = entry.account->Snapshot(/*gone=*/true);
      gone.push_back({snapshot.last_seen_ns, &home, std::move(snapshot)});
    };
    for (const Entry& entry : home.second.slots) consider(entry);
    for (const auto& [id, entry] : home.second.by_id) consider(entry);
  }
  const std::size_t count = std::min(gone.size(), options_.max_producers / 10 + 1);
  const auto end = gone.begin() + static_cast<std::ptrdiff_t>(count);
  std::partial_sort(gone.begin(), end, gone.end(),
                    [](const Gone& a, const Gone& b) { return a.last_seen_ns < b.last_seen_ns; });
  for (auto it = gone.begin(); it != end; ++it) {
    Instance& home = it->home->second;
    home.gone.Add(it->snapshot.totals);
    const ProducerId& id = it->snapshot.id;
    if (id.slot != 0) {
      home.slots[id.slot - 1].account = nullptr;  // the slot keeps its baseline: its totals may go on
    } else {
      home.by_id.erase(id.producer);
    }
    --accounts_;
  }
}

void Ledger::MakeRoomForInstances() {
  LedgerTotals& gone = gone_;
  absl::erase_if(instances_, [&gone](const InstanceMap::value_type& home) {
    const auto has_account = [](const Entry& entry) { return entry.account != nullptr; };
    if (!home.second.by_id.empty() || std::ranges::any_of(home.second.slots, has_account)) return false;
    if (home.second.order.use_count() > 1) return false;  // somebody saves it
    gone.Add(home.second.gone);
    return true;
  });
}

bool Ledger::IsGone(const Entry& entry, std::int64_t now_ns) const {
  return entry.streams == 0 && now_ns - entry.left_ns >= options_.gone_after_ns;
}

LedgerSnapshot Ledger::Snapshot() const {
  const std::int64_t now_ns = clock_.MonotonicNanos();
  LedgerSnapshot snapshot;
  MutexLock lock(mutex_);
  snapshot.producers.reserve(accounts_);
  snapshot.instances.reserve(instances_.size() + 1);
  for (const auto& [key, home] : instances_) {
    InstanceSnapshot& instance = snapshot.instances.emplace_back(InstanceSnapshot{
        .service = key.first, .instance = key.second, .live_producers = home.live, .totals = home.gone});
    const auto add = [&](const Entry& entry) {
      if (entry.account == nullptr) return;
      ProducerSnapshot& producer =
          snapshot.producers.emplace_back(entry.account->Snapshot(IsGone(entry, now_ns)));
      producer.connected = entry.streams != 0;
      instance.totals.Add(producer.totals);
    };
    for (const Entry& entry : home.slots) add(entry);
    for (const auto& [id, entry] : home.by_id) add(entry);
    snapshot.totals.Add(instance.totals);
  }
  snapshot.totals.Add(gone_);
  snapshot.made_room = gone_;
  return snapshot;
}

// ---- For the journal ----

std::vector<Ledger::InstanceKey> Ledger::Instances() const {
  MutexLock lock(mutex_);
  std::vector<InstanceKey> keys;
  keys.reserve(instances_.size());
  for (const auto& [key, home] : instances_) keys.push_back(key);
  return keys;
}

std::shared_ptr<InstanceOrder> Ledger::OrderOf(std::string_view service, std::string_view instance) {
  MutexLock lock(mutex_);
  return instances_[{std::string(service), std::string(instance)}].order;
}

// The accounts' order is the instance's, which the caller holds.
InstanceAccounts Ledger::Save(std::string_view service,
                              std::string_view instance) const ABSL_NO_THREAD_SAFETY_ANALYSIS {
  InstanceAccounts saved;
  MutexLock lock(mutex_);
  const auto found = instances_.find(InstanceKey(service, instance));
  if (found == instances_.end()) return saved;
  const auto add = [&saved](const std::string& producer, std::uint32_t slot, const Entry& entry)
                       ABSL_NO_THREAD_SAFETY_ANALYSIS {
                         if (entry.baseline == 0) return;
                         std::optional<AccountState> state;
                         if (entry.account != nullptr) state = entry.account->Save();
                         saved.accounts.push_back({producer, slot, entry.baseline, std::move(state)});
                       };
  const Instance& home = found->second;
  for (std::uint32_t i = 0; i < home.slots.size(); ++i) add("", i + 1, home.slots[i]);
  for (const auto& [producer, entry] : home.by_id) add(producer, 0, entry);
  saved.gone = home.gone;
  return saved;
}

LedgerTotals Ledger::SaveMadeRoom() const {
  MutexLock lock(mutex_);
  return gone_;
}

void Ledger::Restore(std::string_view service, std::string_view instance, InstanceAccounts accounts) {
  {
    MutexLock lock(mutex_);
    Instance& home = instances_[{std::string(service), std::string(instance)}];
    const auto has_account = [](const Entry& entry) { return entry.account != nullptr; };
    accounts_ -= static_cast<std::size_t>(std::ranges::count_if(home.slots, has_account));
    for (const auto& [producer, entry] : home.by_id) accounts_ -= has_account(entry) ? 1 : 0;
    home.slots.clear();
    home.by_id.clear();
    home.gone = std::move(accounts.gone);
  }
  for (InstanceAccounts::Account& saved : accounts.accounts) {
    const ProducerId id{std::string(service), std::string(instance), saved.producer, saved.slot};
    const AccountPtr account = Resume(id, saved.baseline, clock_.NowNanos());
    if (saved.state) {
      MutexLock order(account->order);
      account->Restore(*std::move(saved.state));
    } else if (saved.slot != 0) {
      MutexLock lock(mutex_);
      instances_.at({id.service, id.instance}).slots[saved.slot - 1].account = nullptr;
      --accounts_;
    }
  }
}

void Ledger::RestoreMadeRoom(LedgerTotals totals) {
  MutexLock lock(mutex_);
  gone_ = std::move(totals);
}

AccountPtr Ledger::Resume(const ProducerId& id, BaselineId baseline, std::int64_t now_ns) {
  NoteBaseline(baseline);
  MutexLock lock(mutex_);
  Instance& home = instances_[{id.service, id.instance}];
  if (home.slots.size() < id.slot) home.slots.resize(id.slot);
  Entry& entry = id.slot != 0 ? home.slots[id.slot - 1] : home.by_id[id.producer];
  if (entry.account == nullptr || entry.baseline != baseline) {
    if (entry.account == nullptr) {
      ++accounts_;
    } else {  // that one made room, and its producer came back
      home.gone.Add(entry.account->Snapshot(/*gone=*/true).totals);
    }
    entry.baseline = baseline;
    entry.left_ns = clock_.MonotonicNanos();
    entry.account = std::make_shared<ProducerAccount>(id, baseline, home.order, now_ns);
  }
  return entry.account;
}

void Ledger::NoteBaseline(BaselineId baseline) {
  MutexLock lock(mutex_);
  next_baseline_ = std::max(next_baseline_, baseline + 1);
}

}  // namespace obs
