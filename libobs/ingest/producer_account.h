// The ledger's account of one producer: see ledger.h.
//
// Thread safety: any thread. Lock order: `order`, then the node's lock or the ledger's. The account's own
// lock is the last of all.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "buffer/node.h"
#include "ingest/clock_offset.h"
#include "ingest/instance_order.h"
#include "ingest/ledger_totals.h"
#include "wire/batch_view.h"

namespace obs {

// Whose account it is.
struct ProducerId {
  std::string service;  // service and instance are both empty for what came without identity
  std::string instance;
  std::string producer;    // "" for a slot
  std::uint32_t slot = 0;  // from 1; 0 for a producer with an id

  friend bool operator==(const ProducerId&, const ProducerId&) = default;
};

struct ProducerSnapshot {
  ProducerId id;
  std::string peer;
  bool connected = false;
  bool reports = false;
  std::int64_t first_seen_ns = 0;
  std::int64_t last_seen_ns = 0;
  std::optional<std::int64_t> clock_offset_ns;  // see clock_offset.h
  LedgerTotals totals;
};

// All that an account counts: what it takes to go on with it in another process.
struct AccountState {
  std::uint64_t highest_applied = 0;  // sequence
  std::int64_t first_seen_ns = 0;
  std::int64_t last_seen_ns = 0;
  std::uint64_t batches = 0;
  SampleCounts samples;
  DropCounts dropped;
  bool reports = false;
  std::uint64_t reported_sent = 0;
  // samples.FirstSends() at that report; what came since without a report counts as sent too.
  std::uint64_t arrived_at_report = 0;
  // What it had sent before this aggregator started and heard of it, and which is not on this account.
  std::uint64_t sent_before = 0;
};

class ProducerAccount {
 public:
  // `home`: its instance's.
  ProducerAccount(ProducerId id, BaselineId baseline, std::shared_ptr<InstanceOrder> home,
                  std::int64_t now_ns);

  const ProducerId& id() const { return id_; }
  BaselineId baseline() const { return baseline_; }
  InstanceOrder& home() const { return *home_; }

  // That of its home.
  Mutex& order;
  std::uint64_t highest_applied ABSL_GUARDED_BY(order) = 0;

  // Counts one batch. `sequence` as on the wire. `report` may be null; that of a slot is ignored, as
  // successive processes hold it. `newest_ns`: the newest timestamp that was sent and accepted; 0 if none
  // was.
  void Count(const SampleCounts& samples, std::uint64_t sequence, const ReportView* report,
             std::int64_t newest_ns, std::int64_t now_ns);

  void SetPeer(std::string_view peer);
  // All but `connected`, which the ledger knows. Of a producer that is `gone` for good, what it sent and
  // nobody has seen was dropped.
  ProducerSnapshot Snapshot(bool gone) const;

  AccountState Save() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(order);
  void Restore(AccountState state) ABSL_EXCLUSIVE_LOCKS_REQUIRED(order);

 private:
  void TakeReport(const ReportView& report, std::uint64_t sequence) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<InstanceOrder> home_;
  const ProducerId id_;
  const BaselineId baseline_;

  mutable Mutex mutex_;
  std::string peer_ ABSL_GUARDED_BY(mutex_);
  AccountState state_ ABSL_GUARDED_BY(mutex_);  // but for highest_applied
  ClockOffset clock_offset_ ABSL_GUARDED_BY(mutex_);
};

using AccountPtr = std::shared_ptr<ProducerAccount>;

}  // namespace obs
