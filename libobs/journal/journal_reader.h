// Reads a journal's records in order, also while somebody appends to it or removes its oldest segments.
//
// Of a segment only the records before its first damaged byte are read; the next segment goes on with its
// own. What that costs is counted. A record that lies in two segments, since a failed write was tried again,
// is read once.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "journal/file_system.h"

namespace obs {

// What reading came across.
struct JournalCondition {
  std::uint64_t segments = 0;
  std::uint64_t records = 0;           // read
  std::uint64_t cut_bytes = 0;         // behind the valid part of damaged segments
  std::uint64_t damaged_segments = 0;  // those
  std::uint64_t missing_records = 0;   // by their numbers: some are read before and after them
};

class JournalReader {
 public:
  // Reads from record `first` on. `files` outlives it.
  JournalReader(FileSystem& files, std::string directory, std::uint64_t first = 1);

  // Goes to the next record. False at the end, from where it goes on once there is more, or on an error of
  // the file system, for which see status(). Behind somebody who appends, not to be called for what is not
  // yet written.
  bool Next();

  // The record, until the next call.
  std::uint64_t number() const { return number_; }
  std::string_view payload() const { return payload_; }
  // The segment that was come to last, by its first record, and its head: the record's, unless there was none
  // after it.
  std::optional<std::uint64_t> segment() const { return segment_; }
  std::string_view head() const { return head_; }

  const absl::Status& status() const { return status_; }

  // What was come across until now; what follows the last valid record counts as cut.
  JournalCondition Finish();

 private:
  static constexpr std::size_t kChunkBytes = 1u << 20;

  bool NextInSegment();
  // The first record of the segment after the current one; nullopt if there is none.
  std::optional<std::uint64_t> FindNextSegment();
  // Goes to its first record. False if it is damaged before that.
  bool OpenSegment(std::uint64_t first);
  // Gives up what is left of the current segment.
  void CloseSegment();
  // The payload of the frame at the current place, which is passed over; nullopt unless it is whole.
  std::optional<std::string_view> ReadFrame(std::uint64_t number);
  // What the file has from the current place on, at least `size` bytes unless it ends before.
  std::string_view Ahead(std::size_t size);
  std::string PathOf(std::uint64_t segment) const;

  FileSystem& files_;
  const std::string directory_;
  std::uint64_t wanted_;  // number of the first record that is to be read

  std::optional<std::uint64_t> segment_;  // the current one, or the last one: its first record
  std::unique_ptr<ReadFile> file_;        // of the current one
  std::uint64_t next_in_segment_ = 0;     // number
  std::uint64_t offset_ = 0;              // in the file: where the buffer begins
  std::string buffer_;
  std::size_t place_ = 0;  // in the buffer

  std::uint64_t number_ = 0;
  std::string_view payload_;
  std::string head_;
  absl::Status status_;
  JournalCondition condition_;
};

}  // namespace obs
