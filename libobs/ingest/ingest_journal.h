// Keeps what was ingested on disk, so that a restart changes nothing: totals, history, and which batches were
// applied.
//
// Every batch is appended as it came, under the lock that orders its instance, and committed by a thread of
// its own; whether an ack waits for that is what the durability says. So that the journal need not be kept
// for ever, an epoch begins now and then: another thread appends each instance's state, one after the other,
// and once all are on disk, what is older than the history goes.
//
// Thread safety: any thread, but for Open(), Start() and Stop(). None but Open() and Stop() waits for the
// disk.
// When full: the oldest epochs make room, and history after a restart is shorter. If even the newest does not
// fit, or the disk fails, CheckWritable() says why until it works again; what is on its way is kept and tried
// again.
// Lock order: an instance's order before everything here.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "buffer/store.h"
#include "ingest/journal_record.h"
#include "ingest/journal_replay.h"
#include "ingest/ledger.h"
#include "ingest/stream_dictionary.h"
#include "journal/file_system.h"
#include "journal/group_commit.h"

namespace obs {

// What an ack promises.
enum class Durability : std::uint8_t {
  kMemory,  // it is applied; the disk follows
  kOs,      // it survives the end of the process
  kFsync,   // it survives the loss of power
};

std::string_view DurabilityName(Durability durability);

// A smaller journal would have no room for large batches beside some state.
inline constexpr std::uint64_t kLeastJournalBytes = std::uint64_t{64} << 20;

struct IngestJournalOptions {
  std::string directory;
  std::uint64_t limit_bytes = std::uint64_t{1} << 30;
  Durability durability = Durability::kOs;
  std::int64_t history_ns = 900 * kNanosPerSecond;  // older epochs go
  std::int64_t max_skew_ns = 24 * 3600 * kNanosPerSecond;
  std::size_t max_pending_bytes = 16u << 20;  // on their way to the disk
};

struct IngestJournalStats {
  Durability durability = Durability::kMemory;
  std::string directory;
  std::uint64_t bytes = 0;
  std::uint64_t limit_bytes = 0;
  std::uint64_t pending_bytes = 0;
  std::uint64_t epochs = 0;  // of this process, whose states are all written
  std::string error;         // why nothing can be written; "" if it can
  // What was found at the start.
  JournalCondition found;
  JournalReplay::Counts replayed;
  double replay_seconds = 0;
};

class IngestJournal final : private GroupCommitEvents {
 public:
  // One stream of batches, as the journal knows it.
  class Stream {
   public:
    explicit Stream(std::string owner) : owner_(std::move(owner)) {}

   private:
    friend class IngestJournal;
    std::string owner_;  // name of the key
    std::uint64_t number_ = 0;
    std::uint64_t epoch_ = 0;  // in which what it had announced was last appended
  };

  // Opens the directory, and brings `store` and `ledger`, which are empty, to where its records left them.
  // All references outlive it. Errors: FAILED_PRECONDITION if another process has it open, or if it holds
  // something else; INVALID_ARGUMENT for a limit below kLeastJournalBytes; others as the file system has
  // them. Damage is no error: see Stats().
  static absl::StatusOr<std::unique_ptr<IngestJournal>> Open(const IngestJournalOptions& options,
                                                             FileSystem& files, Store& store, Ledger& ledger,
                                                             QuotaOf quota_of, const Clock& clock);
  ~IngestJournal() override;

  // `on_committed` is called from a thread of the journal's own, which holds no lock, each time committed()
  // has grown. Errors: RESOURCE_EXHAUSTED if the system gives no thread.
  absl::Status Start(std::function<void(std::uint64_t record)> on_committed);
  // Writes what is there, if the disk works.
  void Stop();

  // ---- For streams ----
  // OK, or why batches cannot be taken now.
  absl::Status CheckWritable() const;
  // False while too much waits for the disk, or for the next epoch: whoever sends should wait.
  bool HasRoom() const {
    return commit_->HasRoom() &&
           epoch_bytes_.load(std::memory_order_relaxed) < most_epoch_bytes_.load(std::memory_order_relaxed);
  }

  // Appends the state of the account's instance if the journal does not know it yet. To be called before a
  // batch is applied.
  void Know(const ProducerAccount& account) ABSL_EXCLUSIVE_LOCKS_REQUIRED(account.order);
  // Appends a batch that was applied and counted. `dictionary` is the stream's. Returns its record. The
  // caller holds the instance's order.
  std::uint64_t Append(Stream& stream, const StreamDictionary& dictionary, BatchRecord batch);
  void End(const Stream& stream);

  // The newest record appended.
  std::uint64_t newest() const { return newest_.load(std::memory_order_relaxed); }
  // An ack may tell of the records up to this one.
  std::uint64_t acknowledgeable() const {
    return durability_ == Durability::kMemory ? std::numeric_limits<std::uint64_t>::max() : committed();
  }
  // Records up to it are on disk.
  std::uint64_t committed() const { return commit_->committed(); }

  IngestJournalStats Stats() const;

 private:
  struct Epoch {
    std::uint64_t first = 0;    // record
    std::int64_t began_ns = 0;  // monotonic
    bool is_complete = false;
  };

  IngestJournal(const IngestJournalOptions& options, Store& store, Ledger& ledger, const Clock& clock);

  void OnCommitted(std::uint64_t number) override;
  bool OnFull(Journal& journal) override;
  void OnHealth(const absl::Status& status) override;

  std::uint64_t AppendRecord(std::string record);

  // ---- The thread that begins epochs ----
  void Run();
  // Appends the time, if that was long ago.
  void TellTheTime() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsEpochDue() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of batches, in an epoch.
  std::uint64_t EnoughBytes() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void BeginEpoch(bool begins_life);
  void SaveInstance(std::string_view service, std::string_view instance);
  // Returns how many bytes that took.
  std::uint64_t AppendState(std::string_view service, std::string_view instance);
  // True once there is room; false if it is to stop.
  bool WaitForRoom();
  // On the thread that writes, behind the epoch's last state.
  void CompleteEpoch(Journal& journal, std::uint64_t first);
  void AppendDictionary(Stream& stream, const StreamDictionary& dictionary, std::uint64_t epoch);

  const IngestJournalOptions options_;
  const Durability durability_;
  Store& store_;
  Ledger& ledger_;
  const Clock& clock_;
  std::unique_ptr<GroupCommit> commit_;
  std::function<void(std::uint64_t)> on_committed_;
  JournalCondition found_;
  JournalReplay::Counts replayed_;
  double replay_seconds_ = 0;

  std::atomic<std::uint64_t> next_stream_{1};
  std::atomic<std::uint64_t> newest_;
  std::atomic<std::uint64_t> epoch_{0};
  std::atomic<std::uint64_t> epoch_bytes_{0};    // appended since it began, the state among them
  std::atomic<std::uint64_t> most_epoch_bytes_;  // so that several epochs fit below the limit
  std::atomic<bool> is_failing_{false};

  mutable Mutex mutex_;
  CondVar wake_;
  std::deque<Epoch> epochs_ ABSL_GUARDED_BY(mutex_);       // of this life, those whose records are kept
  std::uint64_t completed_ ABSL_GUARDED_BY(mutex_) = 0;    // epochs
  std::uint64_t state_bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of the newest epoch
  std::int64_t told_time_ns_ ABSL_GUARDED_BY(mutex_) = 0;  // monotonic
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace obs
