#include "ingest/journal_replay.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "ingest/admission.h"
#include "journal/segment.h"

namespace obs {
namespace {

// As often as the aggregator does it.
constexpr std::int64_t kSweepNs = kNanosPerSecond;
// Times are told every few seconds: in between there was another life, or a disk that failed, and nobody
// could update anything.
constexpr std::int64_t kMostGapNs = 60 * kNanosPerSecond;

}  // namespace

JournalReplay::JournalReplay(Store& store, Ledger& ledger, QuotaOf quota_of, std::int64_t max_skew_ns,
                             const Clock& clock)
    : store_(store),
      ledger_(ledger),
      quota_of_(std::move(quota_of)),
      max_skew_ns_(max_skew_ns),
      began_ns_(clock.MonotonicNanos()),
      newest_ns_(began_ns_),
      swept_ns_(began_ns_) {}

void JournalReplay::Visit(std::uint64_t number, std::string_view bytes) {
  if (number == kSegmentHeadNumber) {
    is_ours_ &= IsJournalHead(bytes);
    return;
  }
  if (!is_ours_) return;
  auto record = ParseJournalRecord(bytes);
  if (!record) {
    ++counts_.unreadable;
    return;
  }
  if (const auto* epoch = std::get_if<EpochRecord>(&*record)) return Apply(*epoch, number);
  if (const auto* stream = std::get_if<StreamRecord>(&*record)) return Apply(*stream);
  if (const auto* batch = std::get_if<BatchRecord>(&*record)) return Apply(*batch);
  if (auto* instance = std::get_if<InstanceRecord>(&*record)) return Apply(*instance);
  Apply(std::get<TimeRecord>(*record));
}

void JournalReplay::Apply(const EpochRecord& record, std::uint64_t number) {
  AdvanceTo(record.monotonic_ns);
  if (record.is_complete) {
    if (record.epoch == newest_epoch_) complete_epochs_.push_back(newest_epoch_record_);
    return;
  }
  newest_epoch_ = std::max(newest_epoch_, record.epoch);
  newest_epoch_record_ = number;
  // Later ones count what was read meanwhile.
  if (!std::exchange(has_epoch_, true)) ledger_.RestoreMadeRoom(record.made_room);
  if (record.begins_life) streams_.clear();
}

void JournalReplay::Apply(const StreamRecord& record) {
  if (record.ends) {
    streams_.erase(record.stream);
    return;
  }
  std::unique_ptr<Stream>& stream = streams_[record.stream];
  if (stream == nullptr || record.begins) {
    stream = std::make_unique<Stream>();
    stream->quota = quota_of_(record.owner);
  }
  if (record.announcements.empty() || !decoder_.Decode(record.announcements).ok()) return;
  applier_.Announce(decoder_.batch(), &stream->dictionary);
}

void JournalReplay::Apply(const BatchRecord& record) {
  if (!decoder_.Decode(record.bytes).ok()) {
    ++counts_.unreadable;
    return;
  }
  const auto stream = streams_.find(record.stream);
  if (stream != streams_.end()) applier_.Announce(decoder_.batch(), &stream->second->dictionary);
  const BatchView& batch = decoder_.batch();
  const bool has_identity = IsValidIdentity(batch.service) && IsValidIdentity(batch.instance);
  const Ledger::InstanceKey key(has_identity ? batch.service : "", has_identity ? batch.instance : "");
  const auto home = homes_.find(key);
  if (home == homes_.end() || stream == streams_.end()) {
    ++counts_.skipped;
    return;
  }
  Write(record, *stream->second, *home->second);
}

void JournalReplay::Write(const BatchRecord& record, Stream& stream, Home& home) {
  const BatchView& batch = decoder_.batch();
  const std::int64_t received_ns = AdvanceTo(record.monotonic_ns);
  if (record.is_applied && home.node != nullptr) {
    (void)applier_.Apply(batch, 0,
                         {.node = home.node,
                          .baseline = record.baseline,
                          .quota = stream.quota,
                          .cache = &home.cache,
                          .dictionary = &stream.dictionary,
                          .notes = &notes_,
                          .received_ns = received_ns},
                         record.received_ns, max_skew_ns_);
  }
  const bool has_identity = home.node != nullptr;
  const AccountPtr account = ledger_.Resume({.service = std::string(has_identity ? batch.service : ""),
                                             .instance = std::string(has_identity ? batch.instance : ""),
                                             .producer = std::string(record.slot == 0 ? batch.producer : ""),
                                             .slot = record.slot},
                                            record.baseline, record.received_ns);
  MutexLock lock(account->order);
  if (!batch.producer.empty()) account->highest_applied = std::max(account->highest_applied, batch.sequence);
  account->Count(record.samples, batch.sequence, batch.has_report ? &batch.report : nullptr, 0,
                 record.received_ns);
  ++counts_.batches;
  counts_.samples += record.samples.accepted;
}

void JournalReplay::Apply(InstanceRecord& record) {
  std::unique_ptr<Home>& home = homes_[{record.service, record.instance}];
  const std::int64_t monotonic_ns = AdvanceTo(record.monotonic_ns);
  if (home == nullptr) {
    home = std::make_unique<Home>();
    if (!record.service.empty()) home->node = store_.GetOrCreateNode(record.service, record.instance);
  }
  if (record.is_first) ledger_.Restore(record.service, record.instance, std::move(record.accounts));
  if (home->node == nullptr) return;
  NodeWriter writer(*home->node, 0, monotonic_ns);
  for (SeriesSnapshot& saved : record.series) {
    saved.updated_ns += monotonic_ns;
    for (CounterBaselines::Baseline& baseline : saved.baselines) {
      baseline.used_ns += monotonic_ns;
      ledger_.NoteBaseline(baseline.id);
    }
    Refusal refusal = Refusal::kNone;
    const SeriesPtr series =
        writer.Resolve(saved.name, saved.kind, saved.labels, quota_of_(saved.owner), &refusal);
    if (series != nullptr) writer.Restore(*series, saved);
  }
}

std::int64_t JournalReplay::AdvanceTo(std::int64_t monotonic_ns) {
  const std::int64_t step_ns = monotonic_ns - last_ns_.value_or(monotonic_ns);
  if (!last_ns_ || step_ns < -kMostGapNs || step_ns > kMostGapNs) offset_ns_ = newest_ns_ - monotonic_ns;
  last_ns_ = monotonic_ns;
  const std::int64_t our_ns = monotonic_ns + offset_ns_;
  newest_ns_ = std::max(newest_ns_, our_ns);
  if (our_ns >= swept_ns_ + kSweepNs) {
    swept_ns_ = our_ns;
    store_.Sweep(our_ns);
  }
  return our_ns;
}

// Until now all was in the future.
void JournalReplay::Finish() {
  store_.Sweep(newest_ns_);
  store_.PassOver(began_ns_ - newest_ns_);
}

}  // namespace obs
