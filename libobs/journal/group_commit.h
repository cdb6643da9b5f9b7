// Writes records to a journal on a thread of its own: those that come while it writes go together in the next
// write, so that one sync serves all of them.
//
// Thread safety: any thread, but Start() and Stop() one. Append() never waits for the disk.
// When full: the owner asks HasRoom() and holds back; Append() itself takes everything.
// When the disk fails: what is to be written is kept, and tried again until it works.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "journal/journal.h"

namespace obs {

// Called by the thread that writes, which holds no lock meanwhile.
class GroupCommitEvents {
 public:
  virtual ~GroupCommitEvents() = default;

  // All records up to `number` are written.
  virtual void OnCommitted(std::uint64_t number) = 0;
  // The journal is at its limit. True if room was made and it is worth trying again at once.
  virtual bool OnFull(Journal& journal) = 0;
  // Writing fails from now on, or, with OK, works again.
  virtual void OnHealth(const absl::Status& status) = 0;
};

class GroupCommit {
 public:
  struct Options {
    std::size_t max_pending_bytes = 32u << 20;
    std::int64_t retry_nanos = 250 * kNanosPerMilli;  // after a failed write
    // How long the first record of a group waits for others: a write costs as much as many records.
    std::int64_t linger_nanos = 0;
  };

  // `events` outlives it.
  GroupCommit(std::unique_ptr<Journal> journal, Options options, GroupCommitEvents& events);
  // Stops.
  ~GroupCommit();

  // Does nothing if it runs. Errors: RESOURCE_EXHAUSTED if the system gives no thread.
  absl::Status Start();
  // Writes what is there, trying once if that fails, and ends.
  void Stop();

  // Takes a record of at most kMaxRecordBytes and a quarter of the journal's limit, and returns its number.
  std::uint64_t Append(std::string record);
  // Has `task` run between the records that were appended before it and those after.
  void Post(std::function<void(Journal&)> task);

  // False while more waits to be written than max_pending_bytes.
  bool HasRoom() const { return pending_bytes_.load(std::memory_order_relaxed) < options_.max_pending_bytes; }
  std::size_t pending_bytes() const { return pending_bytes_.load(std::memory_order_relaxed); }
  // All records up to it are written.
  std::uint64_t committed() const { return committed_.load(std::memory_order_acquire); }
  // Why writing fails; OK if it does not.
  absl::Status health() const;
  // Of the journal.
  std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  // A record, or a task if there is one.
  struct Item {
    std::string record;
    std::function<void(Journal&)> task;
  };
  using Group = std::vector<Item>;

  void Run();
  // Writes the group, however often it takes. False if it gave up as it is to stop.
  bool Commit(Group& group);
  absl::Status WriteRecords(std::span<const Item> records);
  void SetHealth(const absl::Status& status);
  // False if it is to stop.
  bool WaitToRetry();

  const std::unique_ptr<Journal> journal_;
  const Options options_;
  GroupCommitEvents& events_;

  std::atomic<std::size_t> pending_bytes_{0};
  std::atomic<std::uint64_t> committed_;
  std::atomic<std::uint64_t> bytes_;

  mutable Mutex mutex_;
  CondVar wake_;
  Group pending_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t next_number_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status health_ ABSL_GUARDED_BY(mutex_);

  std::thread thread_;
};

}  // namespace obs
