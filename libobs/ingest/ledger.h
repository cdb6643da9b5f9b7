// The account of every sample, by producer. It always balances:
//
//   sent = accepted + duplicate + rejected{reason} + dropped{reason} + difference
//
// `sent` is what the producer reports plus what arrived a second time; of a producer that does not report it
// is what arrived. `difference` is what a reporting producer sent and nobody has seen: 0 but for what is
// under way.
//
// An account belongs to one producer of one instance: to its id or, where it gives none, to a numbered slot.
// A stream without id takes the lowest slot that no live stream holds, so reconnects go on where they were,
// and streams at the same time are kept apart.
//
// Bounded: of the producers that are gone the longest gone make room, and their counts go on in their
// instance's totals, whose number is bounded in the same way; so sums stay exact. Live ones never make room.
//
// Thread safety: any thread. Lock order: an instance's order, then the ledger's lock, then an account's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "ingest/ledger_totals.h"
#include "ingest/producer_account.h"

namespace obs {

struct InstanceSnapshot {
  std::string service;  // both are empty for what came without identity, and for instances that made room
  std::string instance;
  std::size_t live_producers =
      0;                // more than one: they disagree about who they are, and are named in /api/v1/status
  LedgerTotals totals;  // of all producers, also those that made room

  bool conflict() const { return live_producers > 1 && !service.empty(); }
};

// The accounts of one instance: what it takes to go on with them in another process.
struct InstanceAccounts {
  struct Account {
    std::string producer;
    std::uint32_t slot = 0;
    BaselineId baseline = 0;
    std::optional<AccountState> state;  // nullopt: it made room
  };
  std::vector<Account> accounts;
  LedgerTotals gone;  // of those that made room
};

struct LedgerSnapshot {
  std::vector<ProducerSnapshot> producers;
  std::vector<InstanceSnapshot> instances;
  LedgerTotals made_room;  // of instances that are no longer listed
  LedgerTotals totals;     // of all
};

class Ledger {
 public:
  struct Options {
    std::size_t max_producers = 10'000;
    std::size_t max_instances = 10'000;
    // A producer that was not connected for so long is gone for good.
    std::int64_t gone_after_ns = 300 * kNanosPerSecond;
  };
  using InstanceKey = std::pair<std::string, std::string>;  // service, instance

  Ledger(Options options, const Clock& clock);

  // The account for a stream of `producer` (may be ""), until Leave(). Logs the first time that two producers
  // of one instance are live at once.
  AccountPtr Join(std::string_view service, std::string_view instance, std::string_view producer,
                  std::string_view peer);
  void Leave(const AccountPtr& account);

  LedgerSnapshot Snapshot() const;

  // ---- For the journal ----
  std::vector<InstanceKey> Instances() const;
  // Made if need be.
  std::shared_ptr<InstanceOrder> OrderOf(std::string_view service, std::string_view instance);
  // The caller holds the instance's order, and nothing of it is saved while its batches are applied.
  InstanceAccounts Save(std::string_view service, std::string_view instance) const;
  LedgerTotals SaveMadeRoom() const;

  // Takes the place of what is known of the instance, which has no live streams.
  void Restore(std::string_view service, std::string_view instance, InstanceAccounts accounts);
  void RestoreMadeRoom(LedgerTotals totals);
  // The account that a journal's record names, made if need be, as of `now_ns`; not joined.
  AccountPtr Resume(const ProducerId& id, BaselineId baseline, std::int64_t now_ns);
  // `baseline` was given out: nobody gets it again.
  void NoteBaseline(BaselineId baseline);

 private:
  struct Entry {
    AccountPtr account;  // null after a slot's account made room
    BaselineId baseline = 0;
    std::uint32_t streams = 0;  // live ones
    std::int64_t left_ns = 0;   // monotonic: when the last one ended
  };
  struct Instance {
    std::shared_ptr<InstanceOrder> order = std::make_shared<InstanceOrder>();
    std::vector<Entry> slots;  // slot n at n - 1
    absl::flat_hash_map<std::string, Entry> by_id;
    std::size_t live = 0;  // entries with live streams
    bool conflict_logged = false;
    LedgerTotals gone;  // of accounts that made room
  };
  using InstanceMap = absl::flat_hash_map<InstanceKey, Instance>;

  Entry& EntryFor(Instance& instance, std::string_view producer, std::uint32_t* slot)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsGone(const Entry& entry, std::int64_t now_ns) const;
  void LogConflict(const ProducerId& id, Instance& instance) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MakeRoomForProducers() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MakeRoomForInstances() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  const Clock& clock_;

  mutable Mutex mutex_;
  InstanceMap instances_ ABSL_GUARDED_BY(mutex_);
  std::size_t accounts_ ABSL_GUARDED_BY(mutex_) = 0;
  BaselineId next_baseline_ ABSL_GUARDED_BY(mutex_) = kSharedBaseline + 1;
  LedgerTotals gone_ ABSL_GUARDED_BY(mutex_);  // of instances that made room
};

}  // namespace obs
