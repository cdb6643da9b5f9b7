// One stream of batches, apart from how they arrive: decodes, recognises what was applied before, applies,
// counts.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "ingest/ingestor.h"
#include "ingest/rejection_notes.h"
#include "ingest/series_cache.h"
#include "ingest/stream_dictionary.h"

namespace obs {

// What an Ack says; counts are of samples on this stream so far.
struct StreamTally {
  std::uint64_t record = 0;  // of the journal: an ack may say so once that is as safe as acks promise
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t sequence = 0;  // highest of its producer that is safe
};

class Session {
 public:
  // Instances that one stream may send for at once; beyond, it starts to look them up anew.
  static constexpr std::size_t kMaxSources = 1024;

  // `ingestor` outlives it.
  Session(Ingestor& ingestor, std::string peer, std::shared_ptr<SeriesQuota> quota);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Takes one batch. `scratch.bytes` may hold it.
  // Errors, after which the stream is to end: INVALID_ARGUMENT (nothing of the batch was applied),
  // RESOURCE_EXHAUSTED (too large; or overloaded, and try again later). Each names the batch.
  absl::Status Receive(std::string_view bytes, BatchScratch& scratch);

  // As Receive() would refuse a batch of that size, for who knows it before having the bytes.
  absl::Status CheckSize(std::size_t bytes);

  // Gives its producers' accounts back. Nothing is received afterwards.
  void Close();

  // While the journal is behind, it is better to receive no more before what was received is on disk.
  bool ShouldWait() const { return journal_ != nullptr && !journal_->HasRoom(); }

  const StreamTally& tally() const { return tally_; }
  const RejectionNotes& notes() const { return notes_; }

 private:
  // A producer of this stream.
  struct Source {
    AccountPtr account;
    std::shared_ptr<Node> node;  // null for what comes without identity
    SeriesCache cache;

    bool Fits(std::string_view service, std::string_view instance, std::string_view producer) const;
  };

  Source& SourceOf(const BatchView& batch);
  Source& Join(std::string_view service, std::string_view instance, std::string_view producer);
  BatchApplier::Outcome Apply(const BatchView& batch, std::string_view bytes, BatchApplier& applier,
                              Source& source);
  void Keep(const BatchView& batch, BatchRecord record);
  void Count(const BatchView& batch, const BatchApplier::Outcome& outcome, Source& source,
             std::int64_t now_ns);

  Ingestor& ingestor_;
  IngestJournal* const journal_;  // may be null
  const std::string peer_;
  const std::shared_ptr<SeriesQuota> quota_;
  StreamLoad load_;
  std::uint64_t batches_ = 0;
  StreamTally tally_;
  RejectionNotes notes_;
  IngestJournal::Stream kept_;
  StreamDictionary dictionary_;
  absl::flat_hash_map<std::string, std::unique_ptr<Source>> sources_;  // by service, instance and producer
  Source* last_source_ = nullptr;
};

}  // namespace obs
