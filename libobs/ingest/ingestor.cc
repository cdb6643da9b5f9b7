#include "ingest/ingestor.h"

#include <utility>

#include "fmt/format.h"

namespace obs {
namespace {

// Scratch memory that an unusual batch made larger than this is not kept.
constexpr std::size_t kMaxKeptScratchBytes = 16u << 20;

}  // namespace

Ingestor::Ingestor(IngestOptions options, Store& store, const KeyStore& keys, const Clock& clock)
    : options_(std::move(options)),
      store_(store),
      keys_(keys),
      clock_(clock),
      ledger_(options_.ledger, clock),
      latency_(clock) {}

IngestStats Ingestor::Stats() const {
  return {.batches = counters_.batches,
          .bytes = counters_.bytes,
          .malformed_batches = counters_.malformed_batches,
          .oversized_batches = counters_.oversized_batches,
          .unauthenticated = counters_.unauthenticated,
          .overloaded = counters_.overloaded,
          .unwritable = counters_.unwritable,
          .open_streams = counters_.open_streams};
}

absl::Status Ingestor::OpenJournal(const IngestJournalOptions& options, FileSystem& files) {
  auto journal = IngestJournal::Open(
      options, files, store_, ledger_, [this](std::string_view owner) { return QuotaOf(owner); }, clock_);
  if (!journal.ok()) return journal.status();
  journal_ = *std::move(journal);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<SeriesQuota>> Ingestor::Admit(std::string_view key) {
  absl::StatusOr<KeyHolder> holder = keys_.Check(key, Scope::kIngest);
  if (!holder.ok()) {
    ++counters_.unauthenticated;
    return holder.status();
  }
  if (absl::Status status = CheckLoad(!options_.gate || options_.gate->AdmitsStream()); !status.ok()) {
    return status;
  }
  if (absl::Status status = CheckJournal(); !status.ok()) return status;
  return QuotaOf(holder->name);
}

std::shared_ptr<SeriesQuota> Ingestor::QuotaOf(std::string_view owner) {
  MutexLock lock(mutex_);
  std::shared_ptr<SeriesQuota>& quota = quotas_[absl::string_view(owner.data(), owner.size())];
  if (quota == nullptr) {
    quota = std::make_shared<SeriesQuota>();
    quota->owner = owner;
    quota->max_series = options_.max_series_per_key;
  }
  return quota;
}

absl::Status Ingestor::AdmitBatch(StreamLoad& load) {
  if (absl::Status status = CheckLoad(!options_.gate || options_.gate->AdmitsBatch(load)); !status.ok()) {
    return status;
  }
  return CheckJournal();
}

void Ingestor::NoteLag(std::string_view service, StreamLoad& load, std::int64_t lag_ns) {
  latency_.Observe(service, lag_ns);
  if (options_.gate) options_.gate->NoteLag(load, lag_ns);
}

absl::Status Ingestor::CheckLoad(bool is_admitted) {
  if (is_admitted) return absl::OkStatus();
  ++counters_.overloaded;
  return ComeAgain("the aggregator is overloaded");
}

absl::Status Ingestor::CheckJournal() {
  if (journal_ == nullptr) return absl::OkStatus();
  const absl::Status status = journal_->CheckWritable();
  if (status.ok()) return status;
  ++counters_.unwritable;
  return ComeAgain({status.message().data(), status.message().size()});
}

absl::Status Ingestor::ComeAgain(std::string_view why) const {
  absl::Status status =
      absl::ResourceExhaustedError(fmt::format("{}; try again in {} ms", why, options_.retry_after_ms));
  status.SetPayload(kRetryAfterPayload, absl::Cord(fmt::to_string(options_.retry_after_ms)));
  return status;
}

std::unique_ptr<BatchScratch> Ingestor::BorrowScratch() {
  {
    MutexLock lock(mutex_);
    if (!scratch_.empty()) {
      std::unique_ptr<BatchScratch> scratch = std::move(scratch_.back());
      scratch_.pop_back();
      return scratch;
    }
  }
  return std::make_unique<BatchScratch>();
}

void Ingestor::ReturnScratch(std::unique_ptr<BatchScratch> scratch) {
  if (scratch->bytes.capacity() + scratch->decoder.HeapBytes() > kMaxKeptScratchBytes) return;
  MutexLock lock(mutex_);
  scratch_.push_back(std::move(scratch));
}

}  // namespace obs
