#include "journal/journal.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/units.h"
#include "fmt/format.h"
#include "journal/segment.h"

namespace obs {

absl::StatusOr<std::unique_ptr<Journal>> Journal::Open(JournalOptions options, FileSystem& files,
                                                       const Visitor& visit) {
  if (absl::Status status = files.MakeDirectory(options.directory); !status.ok()) return status;
  auto lock = files.Lock(options.directory + "/lock");
  if (!lock.ok()) return lock.status();
  options.segment_bytes = std::min(options.segment_bytes, options.limit_bytes / 4);
  std::unique_ptr<Journal> journal(new Journal(std::move(options), files, *std::move(lock)));
  if (absl::Status status = journal->Recover(visit); !status.ok()) return status;
  return journal;
}

Journal::Journal(JournalOptions options, FileSystem& files, std::unique_ptr<FileLock> lock)
    : options_(std::move(options)), files_(files), lock_(std::move(lock)) {}

absl::Status Journal::Recover(const Visitor& visit) {
  if (absl::Status status = ListSegments(); !status.ok()) return status;
  if (!segments_.empty()) next_number_ = segments_.back().first;
  JournalReader reader(files_, options_.directory);
  std::optional<std::uint64_t> segment;
  const auto visit_head = [&] {
    if (segment == reader.segment()) return;
    segment = reader.segment();
    visit(kSegmentHeadNumber, reader.head());
  };
  while (reader.Next()) {
    visit_head();
    visit(reader.number(), reader.payload());
    next_number_ = std::max(next_number_, reader.number() + 1);
  }
  if (!reader.status().ok()) return reader.status();
  if (reader.segment() && !reader.head().empty()) visit_head();
  condition_ = reader.Finish();
  return absl::OkStatus();
}

absl::Status Journal::ListSegments() {
  auto names = files_.List(options_.directory);
  if (!names.ok()) return names.status();
  std::ranges::sort(*names);
  for (const std::string& name : *names) {
    const auto first = ParseSegmentName(name);
    if (!first || *first == 0) continue;
    const auto size = files_.Size(PathOf(*first));
    if (!size.ok()) return size.status();
    segments_.push_back({.first = *first, .bytes = *size});
    bytes_ += *size;
  }
  return absl::OkStatus();
}

absl::Status Journal::Write(std::span<const std::string_view> records) {
  std::uint64_t bytes = 0;
  for (const std::string_view record : records) bytes += kFrameHeadBytes + record.size();
  if (file_ != nullptr && segments_.back().bytes >= options_.segment_bytes) Roll();
  if (file_ == nullptr) {
    if (absl::Status status = BeginSegment(bytes); !status.ok()) return status;
  } else if (absl::Status status = CheckRoom(bytes); !status.ok()) {
    return status;
  }
  std::vector<std::array<char, kFrameHeadBytes>> heads;
  std::vector<std::string_view> pieces;
  heads.reserve(records.size());
  pieces.reserve(2 * records.size());
  for (const std::string_view record : records) {
    const auto& head = heads.emplace_back(EncodeFrameHead(next_number_ + heads.size(), record));
    pieces.emplace_back(head.data(), head.size());
    pieces.push_back(record);
  }
  if (absl::Status status = Append(pieces, bytes); !status.ok()) {
    AbandonSegment();
    return status;
  }
  next_number_ += records.size();
  return absl::OkStatus();
}

absl::Status Journal::BeginSegment(std::uint64_t first_group_bytes) {
  const std::string head = options_.head ? options_.head() : std::string();
  const auto header = EncodeSegmentHeader(next_number_);
  const auto frame = EncodeFrameHead(kSegmentHeadNumber, head);
  const std::array<std::string_view, 3> pieces = {std::string_view(header.data(), header.size()),
                                                  std::string_view(frame.data(), frame.size()), head};
  const std::uint64_t bytes = header.size() + frame.size() + head.size();
  if (absl::Status status = CheckRoom(bytes + first_group_bytes); !status.ok()) return status;
  auto file = files_.Create(PathOf(next_number_));
  if (!file.ok()) return file.status();
  // It takes the place of one that has no record.
  if (!segments_.empty() && segments_.back().first == next_number_) {
    bytes_ -= segments_.back().bytes;
    segments_.pop_back();
  }
  file_ = *std::move(file);
  segments_.push_back({.first = next_number_, .bytes = 0});
  absl::Status status = Append(pieces, bytes);
  if (status.ok() && options_.sync) status = files_.SyncDirectory(options_.directory);
  if (!status.ok()) AbandonSegment();
  return status;
}

absl::Status Journal::Append(std::span<const std::string_view> pieces, std::uint64_t bytes) {
  absl::Status status = file_->Append(pieces);
  if (status.ok() && options_.sync) status = file_->Sync();
  if (!status.ok()) return status;
  segments_.back().bytes += bytes;
  bytes_ += bytes;
  return absl::OkStatus();
}

void Journal::AbandonSegment() {
  Segment& segment = segments_.back();
  if (segment.first == next_number_) {
    file_ = nullptr;
    bytes_ -= segment.bytes;
    // If it cannot be removed, the next attempt takes its place.
    (void)files_.Remove(PathOf(segment.first));
    segments_.pop_back();
    return;
  }
  // If it cannot be cut, readers find where it is valid. Then it may hold more than is counted, by a group at
  // most.
  (void)file_->Truncate(segment.bytes);
  Roll();
}

void Journal::Roll() {
  if (file_ != nullptr && !options_.sync) unsynced_.push_back(std::move(file_));
  file_ = nullptr;
}

absl::Status Journal::Sync() {
  if (options_.sync) return absl::OkStatus();
  for (; !unsynced_.empty(); unsynced_.pop_back()) {
    if (absl::Status status = unsynced_.back()->Sync(); !status.ok()) return status;
  }
  if (file_ != nullptr) {
    if (absl::Status status = file_->Sync(); !status.ok()) return status;
  }
  return files_.SyncDirectory(options_.directory);
}

void Journal::Discard(std::uint64_t number) {
  std::size_t gone = 0;
  while (gone + 1 < segments_.size() && segments_[gone + 1].first <= number) {
    if (!files_.Remove(PathOf(segments_[gone].first)).ok()) break;  // it stays and is tried again
    bytes_ -= segments_[gone++].bytes;
  }
  segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(gone));
}

absl::Status Journal::CheckRoom(std::uint64_t bytes) const {
  if (bytes_ + bytes <= options_.limit_bytes) return absl::OkStatus();
  return absl::OutOfRangeError(
      fmt::format("{}: full, at its limit of {}", options_.directory, FormatBytes(options_.limit_bytes)));
}

std::string Journal::PathOf(std::uint64_t first) const {
  return fmt::format("{}/{}", options_.directory, SegmentName(first));
}

}  // namespace obs
