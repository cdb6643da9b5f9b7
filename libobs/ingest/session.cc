#include "ingest/session.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "ingest/admission.h"
#include "wire/proto_writer.h"

namespace obs {

Session::Session(Ingestor& ingestor, std::string peer, std::shared_ptr<SeriesQuota> quota)
    : ingestor_(ingestor),
      journal_(ingestor.journal()),
      peer_(std::move(peer)),
      quota_(std::move(quota)),
      kept_(quota_ != nullptr ? quota_->owner : "") {
  ++ingestor_.counters().open_streams;
}

Session::~Session() {
  Close();
  if (journal_ != nullptr) journal_->End(kept_);
  --ingestor_.counters().open_streams;
}

void Session::Close() {
  for (const auto& [key, source] : sources_) ingestor_.ledger().Leave(source->account);
  sources_.clear();
  last_source_ = nullptr;
}

absl::Status Session::CheckSize(std::size_t bytes) {
  const std::size_t limit = ingestor_.options().max_batch_bytes;
  if (bytes <= limit) return absl::OkStatus();
  ++ingestor_.counters().oversized_batches;
  return absl::ResourceExhaustedError(fmt::format(
      "batch {} of this stream: {} bytes, where at most {} are accepted; do not send it again as it is",
      batches_ + 1, bytes, limit));
}

absl::Status Session::Receive(std::string_view bytes, BatchScratch& scratch) {
  if (absl::Status status = CheckSize(bytes.size()); !status.ok()) return status;
  ++batches_;
  if (absl::Status status = ingestor_.AdmitBatch(load_); !status.ok()) return status;
  ingestor_.counters().bytes += bytes.size();

  absl::Status status = scratch.decoder.Decode(bytes);
  const BatchView& batch = scratch.decoder.batch();
  if (status.ok() && !IsValidProducer(batch.producer)) {
    status = absl::InvalidArgumentError(fmt::format("producer has {} bytes; it must be UTF-8 of at most {}",
                                                    batch.producer.size(), kMaxProducerBytes));
  }
  if (!status.ok()) {
    ++ingestor_.counters().malformed_batches;
    return absl::InvalidArgumentError(
        fmt::format("batch {} of this stream: {}", batches_,
                    std::string_view(status.message().data(), status.message().size())));
  }
  ++ingestor_.counters().batches;

  scratch.applier.Announce(batch, &dictionary_);
  Source& source = SourceOf(batch);
  const BatchApplier::Outcome outcome = Apply(batch, bytes, scratch.applier, source);
  if (outcome.newest_ns != 0) {
    ingestor_.NoteLag(batch.service, load_, ingestor_.clock().NowNanos() - outcome.newest_ns);
  }
  return absl::OkStatus();
}

BatchApplier::Outcome Session::Apply(const BatchView& batch, std::string_view bytes, BatchApplier& applier,
                                     Source& source) {
  const std::int64_t now_ns = ingestor_.clock().NowNanos();
  const std::int64_t monotonic_ns = ingestor_.clock().MonotonicNanos();
  const bool numbered = batch.sequence != 0 && !batch.producer.empty();
  bool is_applied = false;
  BatchApplier::Outcome outcome;
  MutexLock lock(source.account->order);
  if (journal_ != nullptr) journal_->Know(*source.account);
  if (numbered && batch.sequence <= source.account->highest_applied) {
    outcome.samples.resent = batch.sample_count;
  } else if (source.node == nullptr) {
    outcome.samples.rejected[static_cast<std::size_t>(RejectReason::kMissingIdentity)] = batch.sample_count;
    if (batch.sample_count != 0) notes_.Add(RejectReason::kMissingIdentity, batches_, "", "");
  } else {
    is_applied = true;
    outcome = applier.Apply(batch, batches_,
                            {.node = source.node,
                             .baseline = source.account->baseline(),
                             .quota = quota_,
                             .cache = &source.cache,
                             .dictionary = &dictionary_,
                             .notes = &notes_,
                             .received_ns = monotonic_ns},
                            now_ns, ingestor_.options().max_skew_ns);
  }
  if (numbered) {
    source.account->highest_applied = std::max(source.account->highest_applied, batch.sequence);
    tally_.sequence = source.account->highest_applied;
  }
  Count(batch, outcome, source, now_ns);
  if (journal_ != nullptr)
    Keep(batch, {.received_ns = now_ns,
                 .monotonic_ns = monotonic_ns,
                 .slot = source.account->id().slot,
                 .baseline = source.account->baseline(),
                 .is_applied = is_applied,
                 .samples = outcome.samples,
                 .bytes = bytes});
  return outcome;
}

// What was applied before is on its way to the disk at most, so an ack that says so has to wait, too.
void Session::Keep(const BatchView& batch, BatchRecord record) {
  const bool says_nothing =
      batch.sample_count == 0 && batch.announcements.empty() && !batch.has_report && batch.sequence == 0;
  tally_.record = says_nothing ? journal_->newest() : journal_->Append(kept_, dictionary_, std::move(record));
}

void Session::Count(const BatchView& batch, const BatchApplier::Outcome& outcome, Source& source,
                    std::int64_t now_ns) {
  const SampleCounts& samples = outcome.samples;
  source.account->Count(samples, batch.sequence, batch.has_report ? &batch.report : nullptr,
                        outcome.newest_ns, now_ns);
  tally_.accepted += samples.accepted;
  tally_.duplicates += samples.duplicate();
  tally_.rejected += samples.RejectedTotal();
}

bool Session::Source::Fits(std::string_view service, std::string_view instance,
                           std::string_view producer) const {
  const ProducerId& id = account->id();
  return id.service == service && id.instance == instance && id.producer == producer;
}

Session::Source& Session::SourceOf(const BatchView& batch) {
  std::string_view service = batch.service;
  std::string_view instance = batch.instance;
  if (last_source_ != nullptr && last_source_->Fits(service, instance, batch.producer)) return *last_source_;
  if (!IsValidIdentity(service) || !IsValidIdentity(instance)) service = instance = {};
  last_source_ = &Join(service, instance, batch.producer);
  return *last_source_;
}

Session::Source& Session::Join(std::string_view service, std::string_view instance,
                               std::string_view producer) {
  std::string key;
  AppendBytesField(key, 1, service);
  AppendBytesField(key, 2, instance);
  AppendBytesField(key, 3, producer);
  if (const auto found = sources_.find(key); found != sources_.end()) return *found->second;
  if (sources_.size() == kMaxSources) Close();
  auto source = std::make_unique<Source>();
  source->account = ingestor_.ledger().Join(service, instance, producer, peer_);
  if (!service.empty()) source->node = ingestor_.store().GetOrCreateNode(service, instance);
  return *sources_.emplace(std::move(key), std::move(source)).first->second;
}

}  // namespace obs
