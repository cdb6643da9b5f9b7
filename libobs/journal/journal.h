// An append-only log in a directory of its own, in segments: files that obs-journal(5) describes.
//
// What was written before is never written to again: each Open() begins a segment. Whoever owns the journal
// says which records it no longer needs; the oldest segments go when all of their records are of that kind.
//
// Thread safety: one thread at a time; JournalReaders may read meanwhile. One owner at a time: the directory
// is locked. When full: Write() refuses what would make it larger than the limit, until Discard() has made
// room.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "journal/file_system.h"
#include "journal/journal_reader.h"

namespace obs {

struct JournalOptions {
  std::string directory;
  std::uint64_t limit_bytes = std::uint64_t{1} << 30;  // hard: of all segments together
  // A segment that has reached it is followed by another. At most a quarter of the limit.
  std::uint64_t segment_bytes = std::uint64_t{64} << 20;
  bool sync = false;  // Write() returns only once its records would survive the loss of power
  // What a new segment begins with: asked by the thread that writes, when the segment is begun. Empty:
  // nothing.
  std::function<std::string()> head;
};

class Journal {
 public:
  // Called for each record that is found, with its number, and with 0 and the head when a segment begins. Of
  // segments without records only the newest one's head is told.
  using Visitor = std::function<void(std::uint64_t number, std::string_view bytes)>;

  // Makes the directory, locks it and reads what is there. `files` outlives the journal. Errors:
  // FAILED_PRECONDITION if another process owns it; others as the file system has them. Damage is no error:
  // see condition().
  static absl::StatusOr<std::unique_ptr<Journal>> Open(JournalOptions options, FileSystem& files,
                                                       const Visitor& visit);

  // Writes the records as one group, with the numbers from next_number() on. After an error none of them
  // counts as written. Errors: OUT_OF_RANGE if they do not fit under the limit; others as the file system has
  // them.
  absl::Status Write(std::span<const std::string_view> records);

  // Makes the next record begin a segment.
  void Roll();

  // Returns once all records would survive the loss of power. With the option `sync` they do anyway.
  absl::Status Sync();

  // Removes the segments all of whose records are below `number`, but never the newest.
  void Discard(std::uint64_t number);

  // What Open() came across.
  const JournalCondition& condition() const { return condition_; }

  const JournalOptions& options() const { return options_; }
  std::uint64_t next_number() const { return next_number_; }
  // The oldest record that is kept; next_number() if there is none.
  std::uint64_t first_number() const { return segments_.empty() ? next_number_ : segments_.front().first; }
  // The first record of the second-oldest segment, up to which Discard() would make room; next_number() if
  // there is only one.
  std::uint64_t second_segment() const { return segments_.size() < 2 ? next_number_ : segments_[1].first; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  struct Segment {
    std::uint64_t first = 0;  // number
    std::uint64_t bytes = 0;
  };

  Journal(JournalOptions options, FileSystem& files, std::unique_ptr<FileLock> lock);

  absl::Status Recover(const Visitor& visit);
  absl::Status ListSegments();
  absl::Status BeginSegment(std::uint64_t first_group_bytes);
  absl::Status Append(std::span<const std::string_view> pieces, std::uint64_t bytes);
  // After a failed write: nothing is written behind what may be half of a record.
  void AbandonSegment();
  absl::Status CheckRoom(std::uint64_t bytes) const;
  std::string PathOf(std::uint64_t first) const;

  const JournalOptions options_;
  FileSystem& files_;
  const std::unique_ptr<FileLock> lock_;
  JournalCondition condition_;
  std::vector<Segment> segments_;  // oldest first
  std::uint64_t bytes_ = 0;        // of all
  std::uint64_t next_number_ = 1;
  std::unique_ptr<AppendFile> file_;  // of the last one; null: the next record begins one
  // Of segments that are written, but may not be on the disk.
  std::vector<std::unique_ptr<AppendFile>> unsynced_;
};

}  // namespace obs
