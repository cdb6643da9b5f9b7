// What all streams of samples share: limits, keys, the ledger, and the counts that are exported.
//
// Thread safety: any thread. Outlives its sessions.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "auth/key_store.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "buffer/store.h"
#include "ingest/batch_applier.h"
#include "ingest/ingest_journal.h"
#include "ingest/latency_tracker.h"
#include "ingest/ledger.h"
#include "ingest/load_gate.h"
#include "wire/batch_decoder.h"

namespace obs {

struct IngestOptions {
  std::size_t max_batch_bytes = 4u << 20;
  std::int64_t max_skew_ns = 24 * 3600 * kNanosPerSecond;  // of a timestamp against our clock, either way
  std::size_t max_series_per_key = 250'000;
  Ledger::Options ledger;
  // Streams that it does not admit are refused, to come again after `retry_after_ms`. Null: all may come.
  std::shared_ptr<LoadGate> gate;
  std::int64_t retry_after_ms = 1000;
};

// In a Status: milliseconds after which to try again, in decimal digits.
inline constexpr char kRetryAfterPayload[] = "obs.retry-after-ms";

// Counts since the start.
struct IngestStats {
  std::uint64_t batches = 0;  // well-formed ones
  std::uint64_t bytes = 0;    // of all batches
  std::uint64_t malformed_batches = 0;
  std::uint64_t oversized_batches = 0;
  std::uint64_t unauthenticated = 0;  // calls
  std::uint64_t overloaded = 0;       // calls and batches refused
  std::uint64_t unwritable = 0;       // calls and batches refused as the journal cannot be written
  std::uint64_t open_streams = 0;     // now
};

struct IngestCounters {
  std::atomic<std::uint64_t> batches{0};
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> malformed_batches{0};
  std::atomic<std::uint64_t> oversized_batches{0};
  std::atomic<std::uint64_t> unauthenticated{0};
  std::atomic<std::uint64_t> overloaded{0};
  std::atomic<std::uint64_t> unwritable{0};
  std::atomic<std::uint64_t> open_streams{0};
};

// What it takes to decode and apply one batch. Shared by streams in turn, since only those at work need one.
struct BatchScratch {
  std::string bytes;  // of a batch that came in pieces; grows and keeps its size
  BatchDecoder decoder;
  BatchApplier applier;
};

class Ingestor {
 public:
  // `store`, `keys` and `clock` outlive it.
  Ingestor(IngestOptions options, Store& store, const KeyStore& keys, const Clock& clock);

  // Keeps what is ingested from now on in a journal, and begins with what it holds. Before the first stream.
  // Errors: as IngestJournal::Open().
  absl::Status OpenJournal(const IngestJournalOptions& options, FileSystem& files);
  // Null if there is none.
  IngestJournal* journal() { return journal_.get(); }
  const IngestJournal* journal() const { return journal_.get(); }

  const IngestOptions& options() const { return options_; }
  Store& store() { return store_; }
  const Clock& clock() const { return clock_; }
  Ledger& ledger() { return ledger_; }
  const Ledger& ledger() const { return ledger_; }
  LatencyTracker& latency() { return latency_; }
  const LatencyTracker& latency() const { return latency_; }
  IngestCounters& counters() { return counters_; }

  IngestStats Stats() const;

  // Lets a call with that key in, and returns the quota that its key shares among its streams.
  // Errors: UNAUTHENTICATED or PERMISSION_DENIED as KeyStore::Check(); RESOURCE_EXHAUSTED while overloaded,
  // and while the journal cannot be written.
  absl::StatusOr<std::shared_ptr<SeriesQuota>> Admit(std::string_view key);

  // For each batch, before it is applied: RESOURCE_EXHAUSTED with kRetryAfterPayload, and counted, if it is
  // not admitted.
  absl::Status AdmitBatch(StreamLoad& load);
  // Of a batch that was applied, how old its newest sample was.
  void NoteLag(std::string_view service, StreamLoad& load, std::int64_t lag_ns);

  std::unique_ptr<BatchScratch> BorrowScratch();
  void ReturnScratch(std::unique_ptr<BatchScratch> scratch);

 private:
  std::shared_ptr<SeriesQuota> QuotaOf(std::string_view owner);
  // RESOURCE_EXHAUSTED, with the hint when to try again.
  absl::Status ComeAgain(std::string_view why) const;
  absl::Status CheckLoad(bool is_admitted);
  absl::Status CheckJournal();

  const IngestOptions options_;
  Store& store_;
  const KeyStore& keys_;
  const Clock& clock_;
  Ledger ledger_;
  LatencyTracker latency_;
  IngestCounters counters_;
  std::unique_ptr<IngestJournal> journal_;

  Mutex mutex_;
  absl::flat_hash_map<std::string, std::shared_ptr<SeriesQuota>> quotas_
      ABSL_GUARDED_BY(mutex_);  // by key's name
  std::vector<std::unique_ptr<BatchScratch>> scratch_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace obs
