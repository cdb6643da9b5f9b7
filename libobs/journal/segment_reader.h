// Reads one segment, whatever its file is called, up to its first damaged byte.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "journal/file_system.h"

namespace obs {

class SegmentReader {
 public:
  // Errors: INVALID_ARGUMENT, naming the path, if it does not begin as a segment does; others as the file
  // system has them.
  static absl::StatusOr<std::unique_ptr<SegmentReader>> Open(FileSystem& files, const std::string& path);

  std::string_view head() const { return head_; }

  // Goes to the next record. False at the end of what is valid, or on an error of the file system, for which
  // see status().
  bool Next();
  // The record, until the next call.
  std::string_view payload() const { return payload_; }

  const absl::Status& status() const { return status_; }

  // Where the record begins that Next() went to, or, once it returned false, what is not valid.
  std::uint64_t offset() const { return record_offset_; }
  std::uint64_t file_bytes() const { return file_bytes_; }

 private:
  static constexpr std::size_t kChunkBytes = 1u << 20;

  SegmentReader(std::unique_ptr<ReadFile> file, std::uint64_t file_bytes)
      : file_(std::move(file)), file_bytes_(file_bytes) {}

  bool ReadHead();
  // Makes payload_ that of the frame at the current place, and passes over it. False unless it is whole.
  bool ReadFrame(std::uint64_t number);
  // What the file has from the current place on, at least `size` bytes unless it ends before.
  std::string_view Ahead(std::size_t size);

  const std::unique_ptr<ReadFile> file_;
  const std::uint64_t file_bytes_;  // when it was opened
  std::uint64_t next_number_ = 0;
  std::uint64_t record_offset_ = 0;
  std::uint64_t buffer_offset_ = 0;  // in the file
  std::string buffer_;
  std::size_t place_ = 0;  // in the buffer
  std::string head_;
  std::string_view payload_;
  absl::Status status_;
};

}  // namespace obs
