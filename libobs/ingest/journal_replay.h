// Brings store and ledger back to where a journal's records left them.
//
// Thread safety: one thread at a time, and nobody else writes to store or ledger meanwhile.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/clock.h"
#include "buffer/store.h"
#include "ingest/batch_applier.h"
#include "ingest/journal_record.h"
#include "ingest/ledger.h"
#include "ingest/rejection_notes.h"
#include "ingest/series_cache.h"
#include "ingest/stream_dictionary.h"
#include "wire/batch_decoder.h"

namespace obs {

// The quota of a key, by its name.
using QuotaOf = std::function<std::shared_ptr<SeriesQuota>(std::string_view owner)>;

class JournalReplay {
 public:
  struct Counts {
    std::uint64_t batches = 0;
    std::uint64_t samples = 0;     // accepted ones
    std::uint64_t unreadable = 0;  // records that this version cannot read
    std::uint64_t skipped = 0;     // batches before the state of their instance, which has them
  };

  // `store`, `ledger` and `clock` outlive it. `max_skew_ns`: of a timestamp, as when it was received.
  JournalReplay(Store& store, Ledger& ledger, QuotaOf quota_of, std::int64_t max_skew_ns, const Clock& clock);

  // As Journal::Visitor.
  void Visit(std::uint64_t number, std::string_view bytes);
  // After the last record. No series expires for the time since then, in which nobody could update it.
  void Finish();

  const Counts& counts() const { return counts_; }
  // False if a segment has a head that is not of an aggregator's journal.
  bool is_ours() const { return is_ours_; }
  std::uint64_t newest_epoch() const { return newest_epoch_; }
  // The first record of each complete epoch, oldest first: what is older is of use for history only.
  const std::vector<std::uint64_t>& complete_epochs() const { return complete_epochs_; }

 private:
  struct Stream {
    StreamDictionary dictionary;
    std::shared_ptr<SeriesQuota> quota;
  };
  // An instance whose state is known.
  struct Home {
    std::shared_ptr<Node> node;  // null for what comes without identity
    SeriesCache cache;
  };

  void Apply(const EpochRecord& record, std::uint64_t number);
  void Apply(const StreamRecord& record);
  void Apply(const BatchRecord& record);
  void Apply(InstanceRecord& record);
  void Apply(const TimeRecord& record) { AdvanceTo(record.monotonic_ns); }
  void Write(const BatchRecord& record, Stream& stream, Home& home);
  // Lets time pass in the store, up to a monotonic time of the journal's, and returns it as ours.
  std::int64_t AdvanceTo(std::int64_t monotonic_ns);

  Store& store_;
  Ledger& ledger_;
  const QuotaOf quota_of_;
  const std::int64_t max_skew_ns_;
  const std::int64_t began_ns_;  // monotonic

  Counts counts_;
  bool is_ours_ = true;
  bool has_epoch_ = false;
  std::uint64_t newest_epoch_ = 0;
  std::uint64_t newest_epoch_record_ = 0;
  std::vector<std::uint64_t> complete_epochs_;
  // Monotonic time, which during replay goes on from its beginning as it went in the lives of the journal.
  std::optional<std::int64_t> last_ns_;  // the newest record's, as the journal has it
  std::int64_t offset_ns_ = 0;           // ours minus the journal's
  std::int64_t newest_ns_;
  std::int64_t swept_ns_;  // when series were last looked at

  absl::flat_hash_map<std::uint64_t, std::unique_ptr<Stream>> streams_;
  absl::flat_hash_map<Ledger::InstanceKey, std::unique_ptr<Home>> homes_;
  BatchDecoder decoder_;
  BatchApplier applier_;
  RejectionNotes notes_;
};

}  // namespace obs
