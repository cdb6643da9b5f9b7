#include "ingest/ledger_totals.h"

#include <numeric>

namespace obs {

std::uint64_t SampleCounts::RejectedTotal() const {
  return std::accumulate(rejected.begin(), rejected.end(), std::uint64_t{0});
}

void SampleCounts::Add(const SampleCounts& other) {
  accepted += other.accepted;
  stale += other.stale;
  resent += other.resent;
  for (std::size_t i = 0; i < rejected.size(); ++i) rejected[i] += other.rejected[i];
}

std::uint64_t LedgerTotals::DroppedTotal() const {
  std::uint64_t total = 0;
  for (const auto& [reason, count] : dropped) total += count;
  return total;
}

std::int64_t LedgerTotals::Difference() const {
  return static_cast<std::int64_t>(sent - samples.Total() - DroppedTotal());
}

void LedgerTotals::Add(const LedgerTotals& other) {
  batches += other.batches;
  sent += other.sent;
  samples.Add(other.samples);
  for (const auto& [reason, count] : other.dropped) dropped[reason] += count;
}

}  // namespace obs
