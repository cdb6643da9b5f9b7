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
    entry.account = std::make_shared<ProducerAccount>(std::move(id), entry.baseline, clock_.NowNanos());
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
  if (--entry.streams == 0) --home.live;
}

Ledger::Entry& Ledger::EntryFor(Instance& instance, std::string_view producer, std::uint32_t* slot) {
  if (!producer.empty()) {
    Entry& entry = instance.by_id[std::string(producer)];
    if (entry.baseline == 0) entry.baseline = next_baseline_++;
    return entry;
  }
  const auto free = std::ranges::find(instance.slots, 0u, &Entry::streams);
  *slot = static_cast<std::uint32_t>(free - instance.slots.begin()) + 1;
  if (free != instance.slots.end()) return *free;
  return instance.slots.emplace_back(Entry{.account = nullptr, .baseline = next_baseline_++, .streams = 0});
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
      ProducerSnapshot snapshot = entry.account->Snapshot();
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
    gone.Add(home.second.gone);
    return true;
  });
}

LedgerSnapshot Ledger::Snapshot() const {
  LedgerSnapshot snapshot;
  MutexLock lock(mutex_);
  snapshot.producers.reserve(accounts_);
  snapshot.instances.reserve(instances_.size() + 1);
  for (const auto& [key, home] : instances_) {
    InstanceSnapshot& instance = snapshot.instances.emplace_back(InstanceSnapshot{
        .service = key.first, .instance = key.second, .live_producers = home.live, .totals = home.gone});
    const auto add = [&](const Entry& entry) {
      if (entry.account == nullptr) return;
      ProducerSnapshot& producer = snapshot.producers.emplace_back(entry.account->Snapshot());
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

}  // namespace obs
