// Counts of the ledger.
//
// Thread safety: values.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "ingest/reject_reason.h"

namespace obs {

// What became of samples that arrived.
struct SampleCounts {
  std::uint64_t accepted = 0;
  std::uint64_t stale = 0;   // running totals older than one already applied: duplicates
  std::uint64_t resent = 0;  // in batches that were already applied: duplicates
  RejectCounts rejected{};

  std::uint64_t duplicate() const { return stale + resent; }
  std::uint64_t RejectedTotal() const;
  // Those that arrived for the first time.
  std::uint64_t FirstSends() const { return accepted + stale + RejectedTotal(); }
  std::uint64_t Total() const { return FirstSends() + resent; }
  void Add(const SampleCounts& other);

  friend bool operator==(const SampleCounts&, const SampleCounts&) = default;
};

// Samples that never left their producer, by its own word for the reason.
using DropCounts = std::map<std::string, std::uint64_t, std::less<>>;

// Both sides of the balance.
struct LedgerTotals {
  std::uint64_t batches = 0;
  std::uint64_t sent = 0;
  SampleCounts samples;
  DropCounts dropped;

  std::uint64_t DroppedTotal() const;
  // What was sent and is nowhere else in these counts.
  std::int64_t Difference() const;
  void Add(const LedgerTotals& other);
};

}  // namespace obs
