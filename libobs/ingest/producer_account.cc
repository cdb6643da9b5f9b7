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

std::uint64_t DifferenceOrZero(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : 0;
}

}  // namespace

ProducerAccount::ProducerAccount(ProducerId id, BaselineId baseline, std::int64_t now_ns)
    : id_(std::move(id)), baseline_(baseline), first_seen_ns_(now_ns), last_seen_ns_(now_ns) {}

void ProducerAccount::Count(const SampleCounts& samples, std::uint64_t sequence, const ReportView* report,
                            std::int64_t now_ns) {
  MutexLock lock(mutex_);
  last_seen_ns_ = now_ns;
  ++batches_;
  samples_.Add(samples);
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
  if (!reports_) {
    reports_ = true;
    // The first batch we see of a producer that has sent others: those went to this aggregator's predecessor.
    if (sequence != 1) {
      sent_before_ = DifferenceOrZero(report.sent, dropped_total + samples_.FirstSends());
    }
  } else if (report.sent < reported_sent_) {
    return;  // of a batch that is sent again, with what was true then
  }
  reported_sent_ = report.sent;
  arrived_at_report_ = samples_.FirstSends();
  dropped_ = std::move(dropped);
}

void ProducerAccount::SetPeer(std::string_view peer) {
  MutexLock lock(mutex_);
  peer_ = peer;
}

ProducerSnapshot ProducerAccount::Snapshot() const {
  MutexLock lock(mutex_);
  ProducerSnapshot snapshot{.id = id_,
                            .peer = peer_,
                            .reports = reports_,
                            .first_seen_ns = first_seen_ns_,
                            .last_seen_ns = last_seen_ns_,
                            .totals = {.batches = batches_, .samples = samples_, .dropped = dropped_}};
  const std::uint64_t first_sends =
      reports_ ? DifferenceOrZero(reported_sent_, sent_before_) + (samples_.FirstSends() - arrived_at_report_)
               : samples_.FirstSends();
  snapshot.totals.sent = first_sends + samples_.resent;
  return snapshot;
}

}  // namespace obs
