// A producer's batches on disk, from when they are pushed until they need not be sent any more: so that they
// outlive the process, and more of them can wait than memory holds.
//
// Thread safety: any thread, but for Open(), Start() and Read(). None but Open() and Read() waits for the
// disk. Ownership: events come from the spool's own thread, which holds no lock meanwhile, and end with
// Stop(). When full: the oldest batches make room, if they may; otherwise batches wait in memory to be
// written. When the disk fails: batches can be sent all the same, and are written once it works.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/loss.h"
#include "agent/outbox.h"
#include "agent/series_catalog.h"
#include "agent/spool_record.h"
#include "base/mutex.h"
#include "journal/file_system.h"
#include "journal/group_commit.h"

namespace obs {

// A smaller one would have no room for large batches.
inline constexpr std::uint64_t kMinSpoolBytes = std::uint64_t{4} << 20;

struct SpoolOptions {
  std::string directory;
  std::uint64_t limit_bytes = std::uint64_t{1} << 30;
  bool drop_oldest = true;  // when it is full
};

// The directory below `root` in which the spool of one instance of a service lies.
std::string SpoolDirectory(std::string_view root, std::string_view service, std::string_view instance);

// Whose spools lie below `root`: service and instance of each. Errors: as the file system has them; a `root`
// that does not exist has none.
absl::StatusOr<std::vector<std::pair<std::string, std::string>>> ListSpools(const std::string& root,
                                                                            FileSystem& files);

class SpoolEvents {
 public:
  virtual ~SpoolEvents() = default;

  // IsSafe() or HasRoomFor() may have become true for something.
  virtual void OnSpoolProgress() = 0;
  // Batches with records below `record` are about to be lost; among them are `batches`, in order, of which
  // only record, sequence and samples are set.
  virtual void OnSpoolDrops(std::uint64_t record, const std::vector<OutboundBatch>& batches) = 0;
};

class Spool final : private GroupCommitEvents {
 public:
  // What was found: the producer's account, and the batches that are still to be sent.
  struct Found {
    bool anything = false;  // false: the producer is a new one
    std::uint64_t sequence = 0;
    std::uint64_t samples_through = 0;
    LossTotals dropped{};
    // Still to be sent: records from first_record to last_record.
    std::uint64_t batches = 0;
    std::uint64_t samples = 0;
    std::uint64_t first_record = 0;
    std::uint64_t last_record = 0;
  };

  // Errors: FAILED_PRECONDITION if another process has it open, or if it is not the spool of that service and
  // instance; others as the file system has them.
  static absl::StatusOr<std::unique_ptr<Spool>> Open(const SpoolOptions& options, std::string_view service,
                                                     std::string_view instance, FileSystem& files);
  ~Spool() override;

  const Found& found() const { return found_; }
  // The producer's id, the same whenever the spool is opened.
  const std::string& producer() const { return producer_; }

  // Begins to write. `catalog` has the refs of batches that are appended; `dropped` says what was lost until
  // now, in this life and in others. All outlive Stop(). Errors: RESOURCE_EXHAUSTED if the system gives no
  // thread.
  absl::Status Start(const SeriesCatalog& catalog, std::function<LossTotals()> dropped, SpoolEvents& events);
  // Writes what is there, if the disk works.
  void Stop();

  // Returns the batch's record; 0 if it is not taken: it is too large for the limit, too much waits to be
  // written, or Start() has not been called.
  std::uint64_t Append(const OutboundBatch& batch);
  // True if the batch with that record may be sent: it is written, or the disk fails.
  bool IsSafe(std::uint64_t record) const;
  // True if appending that much makes nobody lose anything.
  bool HasRoomFor(std::size_t bytes) const;

  // Batches up to `sequence` need not be sent any more, and none with a record below `first_needed`.
  void Confirm(std::uint64_t sequence, std::uint64_t first_needed);
  // The one batch of that sequence need not be sent any more.
  void Settle(std::uint64_t sequence);

  // Why it cannot be written; OK if it can.
  absl::Status health() const { return commit_->health(); }

  // Up to which record Read() can read.
  std::uint64_t written() const { return commit_->committed(); }
  // The batches in the records from `first` to `last` that were not confirmed when it was opened, until they
  // have `max_bytes`. One thread at a time.
  std::vector<OutboundBatch> Read(std::uint64_t first, std::uint64_t last, std::size_t max_bytes);

 private:
  // A batch that is on its way to the disk.
  struct Pending {
    std::uint64_t record = 0;
    std::uint64_t sequence = 0;
    std::uint64_t samples_through = 0;
  };

  Spool(const SpoolOptions& options, FileSystem& files);

  void OnCommitted(std::uint64_t number) override;
  bool OnFull(Journal& journal) override;
  void OnHealth(const absl::Status& status) override;

  // ---- While it is opened ----
  void VisitHead(std::string_view bytes);
  void VisitRecord(std::uint64_t number, std::string_view bytes);
  absl::Status TakeOver(const Journal& journal, std::string_view service, std::string_view instance);

  std::string MakeHead();
  void TellConfirmed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // True for a batch that counts as found, or is of this life.
  bool WasUnconfirmed(const SpoolRecord& record) const;
  // Those with records from `first` on and below `record`.
  std::vector<OutboundBatch> BatchesBelow(std::uint64_t first, std::uint64_t record);

  const SpoolOptions options_;
  FileSystem& files_;
  std::string service_;
  std::string instance_;
  std::string producer_;
  std::uint64_t life_ = 0;
  Found found_;
  std::vector<OutboundBatch> found_batches_;          // while it is opened, without bodies
  absl::flat_hash_set<std::uint64_t> found_settled_;  // sequences
  std::uint64_t found_confirmed_ = 0;
  std::map<std::uint64_t, SeriesCatalog> catalogs_;  // of earlier lives

  // Set once, by Start().
  const SeriesCatalog* catalog_ = nullptr;
  std::function<LossTotals()> dropped_;
  SpoolEvents* events_ = nullptr;

  // Of Read().
  std::unique_ptr<JournalReader> reader_;
  std::uint64_t next_read_ = 0;                // the record behind the last one read
  std::uint64_t read_sequence_ = 0;            // of the last batch
  std::optional<std::uint64_t> read_segment_;  // it was of this one, which was written in
  std::uint64_t read_life_ = 0;                // this life

  mutable Mutex mutex_;
  std::uint32_t announced_ ABSL_GUARDED_BY(mutex_) = 0;  // refs below it are in a head or record of this life
  std::deque<Pending> pending_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t written_sequence_ ABSL_GUARDED_BY(mutex_) = 0;  // of the last batch written
  std::uint64_t written_through_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t confirmed_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t first_needed_ ABSL_GUARDED_BY(mutex_) = 0;    // record
  std::uint64_t confirmed_told_ ABSL_GUARDED_BY(mutex_) = 0;  // by the last record that said so,
  std::uint64_t telling_record_ ABSL_GUARDED_BY(mutex_) = 0;  // which is this one
  bool failing_ ABSL_GUARDED_BY(mutex_) = false;

  std::unique_ptr<GroupCommit> commit_;
};

}  // namespace obs
