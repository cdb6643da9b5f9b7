// What obs-tail --record writes: one segment of a journal, whose records are the binary live frames as they
// came. obs-journal(5) describes it.
//
// Thread safety: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "journal/file_system.h"
#include "journal/segment_reader.h"
#include "live/frame_decoder.h"

namespace obs {

struct RecordingHead {
  std::string url;
  std::vector<std::string> selectors;
  std::int64_t begun_us = 0;  // Unix time

  friend bool operator==(const RecordingHead&, const RecordingHead&) = default;
};

std::string EncodeRecordingHead(const RecordingHead& head);
// Nullopt if it is the head of something else.
std::optional<RecordingHead> ParseRecordingHead(std::string_view bytes);

// Whatever ends it, the file is a valid recording: a frame is written at once, or not at all.
class RecordingWriter {
 public:
  explicit RecordingWriter(std::unique_ptr<AppendFile> file) : file_(std::move(file)) {}

  // Once, first. Errors of both: as the file has them; then nothing more is to be written.
  absl::Status Begin(const RecordingHead& head);
  absl::Status Append(std::string_view frame);

  std::uint64_t frames() const { return next_number_ - 1; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  absl::Status Write(std::string_view before, std::uint64_t number, std::string_view payload);

  const std::unique_ptr<AppendFile> file_;
  std::uint64_t next_number_ = 1;
  std::uint64_t bytes_ = 0;
};

// Reads frame by frame up to the first damaged one.
class RecordingReader {
 public:
  // Errors: INVALID_ARGUMENT, naming the path, if it is no recording; others as the file system has them.
  static absl::StatusOr<std::unique_ptr<RecordingReader>> Open(FileSystem& files, const std::string& path);

  const RecordingHead& head() const { return head_; }

  // False at the end of what is valid, or on an error of the file system, for which see status().
  bool Next();
  // The frame, until the next call.
  const DecodedFrame& frame() const { return frame_; }
  const absl::Status& status() const { return segment_->status(); }

  // Once Next() returned false: how many bytes at the end are not valid, and where they begin.
  std::uint64_t cut_bytes() const {
    return segment_->file_bytes() - std::min(cut_at(), segment_->file_bytes());
  }
  std::uint64_t cut_at() const { return segment_->offset(); }

 private:
  RecordingReader(std::unique_ptr<SegmentReader> segment, RecordingHead head)
      : segment_(std::move(segment)), head_(std::move(head)) {}

  const std::unique_ptr<SegmentReader> segment_;
  const RecordingHead head_;
  LiveFrameDecoder decoder_;
  DecodedFrame frame_;
  bool ended_ = false;
};

}  // namespace obs
