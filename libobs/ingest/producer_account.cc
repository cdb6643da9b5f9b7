#include "ingest/producer_account.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"

namespace obs {
namespace {

// Reasons are the producer's words: few and short, or they are "other".
constexpr std::size_t kMaxDropReasons = 32;
constexpr std::size_t kMaxDropReasonBytes = 64;
constexpr std::string_view kOtherReason = "other";
// What a producer that is gone for good sent, and nobody has seen.
constexpr std::string_view kGoneReason = "producer_gone";

std::uint64_t DifferenceOrZero(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : 0;
}

}  // namespace

ProducerAccount::ProducerAccount(ProducerId id, BaselineId baseline, std::shared_ptr<InstanceOrder> home,
                                 std::int64_t now_ns)
    : order(home->mutex), home_(std::move(home)), id_(std::move(id)), baseline_(baseline) {
  state_.first_seen_ns = state_.last_seen_ns = now_ns;
}

void ProducerAccount::Count(const SampleCounts& samples, std::uint64_t sequence, const ReportView* report,
                            std::int64_t newest_ns, std::int64_t now_ns) {
  MutexLock lock(mutex_);
  state_.last_seen_ns = now_ns;
  if (newest_ns != 0) clock_offset_.Take(newest_ns, now_ns);
  ++state_.batches;
  state_.samples.Add(samples);
  if (report != nullptr && id_.slot == 0) TakeReport(*report, sequence);
}

void ProducerAccount::TakeReport(const ReportView& report, std::uint64_t sequence) {
  DropCounts dropped;
  std::uint64_t dropped_total = 0;
  for (const auto& [word, count] : report.dropped) {
    const bool usable = !word.empty() && word.size() <= kMaxDropReasonBytes && IsValidUtf8(word);
    const bool known = usable && (dropped.size() < kMaxDropReasons || dropped.contains(word));
    dropped[std::string(known ? word : kOtherReason)] += count;
    dropped_total += count;
  }
  if (!state_.reports) {
    state_.reports = true;
    // The first batch we see of a producer that has sent others: those went to this aggregator's predecessor.
    if (sequence != 1) {
      state_.sent_before = DifferenceOrZero(report.sent, dropped_total + state_.samples.FirstSends());
    }
  } else if (report.sent < state_.reported_sent) {
    return;  // of a batch that is sent again, with what was true then
  }
  state_.reported_sent = report.sent;
  state_.arrived_at_report = state_.samples.FirstSends();
  state_.dropped = std::move(dropped);
}

void ProducerAccount::SetPeer(std::string_view peer) {
  MutexLock lock(mutex_);
  peer_ = peer;
}

ProducerSnapshot ProducerAccount::Snapshot(bool gone) const {
  MutexLock lock(mutex_);
  const std::uint64_t arrived = state_.samples.FirstSends();
  ProducerSnapshot snapshot{
      .id = id_,
      .peer = peer_,
      .reports = state_.reports,
      .first_seen_ns = state_.first_seen_ns,
      .last_seen_ns = state_.last_seen_ns,
      .clock_offset_ns = clock_offset_.nanos(),
      .totals = {.batches = state_.batches, .samples = state_.samples, .dropped = state_.dropped}};
  const std::uint64_t first_sends =
      state_.reports
          ? DifferenceOrZero(state_.reported_sent, state_.sent_before) + (arrived - state_.arrived_at_report)
          : arrived;
  LedgerTotals& totals = snapshot.totals;
  totals.sent = first_sends + state_.samples.resent;
  if (gone && totals.Difference() > 0) {
    totals.dropped[std::string(kGoneReason)] += static_cast<std::uint64_t>(totals.Difference());
  }
  return snapshot;
}

AccountState ProducerAccount::Save() const {
  MutexLock lock(mutex_);
  AccountState state = state_;
  state.highest_applied = highest_applied;
  return state;
}

void ProducerAccount::Restore(AccountState state) {
  highest_applied = state.highest_applied;
  MutexLock lock(mutex_);
  state_ = std::move(state);
}

}  // namespace obs
