// Turns a recording back into the samples that it shows, frame by frame, each with the time at which it is
// due.
//
// Times are moved to now: at a speed, the first frame's becomes the time at which playing began, and others
// follow at that speed; without one, all is due at once and the last frame's becomes the time at which
// playing began. Of a histogram it plays what was observed, see histogram_replay.h.
//
// Thread safety: one thread at a time. It waits for nothing but the file.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "app/histogram_replay.h"
#include "app/recording.h"
#include "journal/file_system.h"
#include "model/series_identity.h"
#include "wire/parsed_sample.h"

namespace obs {

class RecordingPlayer {
 public:
  // As fast as possible.
  static constexpr double kAtOnce = 0;

  // Reads it once, for what is to be known before the first frame. `files` outlives it. Errors: as
  // RecordingReader::Open(), and of reading.
  static absl::StatusOr<std::unique_ptr<RecordingPlayer>> Open(FileSystem& files, const std::string& path);

  // Once, first. `speed`: 2 is twice as fast as it was recorded.
  void Begin(std::int64_t now_nanos, double speed);

  // Goes to the next frame. False at the end.
  bool Next();
  // When it is to be played, in ns since the beginning; does not fall.
  std::int64_t due_nanos() const { return due_nanos_; }
  // Calls `fn` for each of its samples, which live for the call only. Once a frame. Returns how many are
  // none.
  std::uint64_t ForEachSample(const std::function<void(const ParsedSample&)>& fn);

  // What the first reading found at the end of the file that is not valid: 0 for a sound one.
  std::uint64_t cut_bytes() const { return cut_bytes_; }
  std::uint64_t cut_at() const { return cut_at_; }
  // An error of the file system while it was read the second time.
  const absl::Status& status() const { return reader_->status(); }

 private:
  // What is known of a series.
  struct Track {
    std::string text;
    std::set<double> bounds;  // of all explicit buckets in the recording
    std::unique_ptr<HistogramReplay> histogram;
  };

  explicit RecordingPlayer(std::unique_ptr<RecordingReader> reader) : reader_(std::move(reader)) {}

  void Survey(RecordingReader& reader);
  Track& TrackOf(const std::shared_ptr<const SeriesIdentity>& series);
  // In ns since the first frame, as it is played.
  double Elapsed(std::int64_t timestamp_us) const;
  std::int64_t Stamp(std::int64_t timestamp_us) const;

  const std::unique_ptr<RecordingReader> reader_;
  std::int64_t first_us_ = 0;  // time of the first frame
  std::int64_t last_us_ = 0;   // the latest of all
  std::uint64_t cut_bytes_ = 0;
  std::uint64_t cut_at_ = 0;
  bool at_once_ = false;
  double speed_ = 1;
  std::int64_t begin_nanos_ = 0;  // Unix time that the first frame's becomes
  std::int64_t due_nanos_ = 0;
  absl::flat_hash_map<SeriesIdentity, std::unique_ptr<Track>> tracks_;
  // Until series are announced anew. A key keeps the series from being another one.
  absl::flat_hash_map<std::shared_ptr<const SeriesIdentity>, Track*> known_;
};

}  // namespace obs
