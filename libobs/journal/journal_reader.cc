#include "journal/journal_reader.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "journal/segment.h"

namespace obs {

JournalReader::JournalReader(FileSystem& files, std::string directory, std::uint64_t first)
    : files_(files), directory_(std::move(directory)), wanted_(first) {}

bool JournalReader::Next() {
  while (status_.ok()) {
    if (file_ != nullptr && NextInSegment()) return true;
    const auto next = FindNextSegment();
    if (!next) return false;
    // What follows says that this segment is complete; it may have grown between the two looks.
    if (file_ != nullptr && NextInSegment()) return true;
    CloseSegment();
    if (status_.ok() && !OpenSegment(*next)) CloseSegment();
  }
  return false;
}

bool JournalReader::NextInSegment() {
  while (const auto payload = ReadFrame(next_in_segment_)) {
    const std::uint64_t number = next_in_segment_++;
    if (number < wanted_) continue;
    if (number_ != 0) condition_.missing_records += number - wanted_;
    ++condition_.records;
    number_ = number;
    payload_ = *payload;
    wanted_ = number + 1;
    return true;
  }
  return false;
}

JournalCondition JournalReader::Finish() {
  CloseSegment();
  return condition_;
}

std::optional<std::uint64_t> JournalReader::FindNextSegment() {
  auto names = files_.List(directory_);
  if (!names.ok()) {
    status_ = names.status();
    return std::nullopt;
  }
  std::optional<std::uint64_t> next;
  for (const std::string& name : *names) {
    const auto first = ParseSegmentName(name);
    if (!first || (segment_ && *first <= *segment_)) continue;
    // To begin with, the last one that is not behind what is wanted.
    const bool better =
        !next || (!segment_ && *first <= wanted_ ? *first > *next || *next > wanted_ : *first < *next);
    if (better) next = first;
  }
  return next;
}

bool JournalReader::OpenSegment(std::uint64_t first) {
  segment_ = first;
  next_in_segment_ = first;
  offset_ = place_ = 0;
  buffer_.clear();
  head_.clear();
  auto file = files_.OpenToRead(PathOf(first));
  if (!file.ok()) {
    if (!absl::IsNotFound(file.status())) status_ = file.status();  // else it was removed meanwhile
    return false;
  }
  file_ = *std::move(file);
  ++condition_.segments;
  if (ParseSegmentHeader(Ahead(kSegmentHeaderBytes)) != first) return false;
  place_ += kSegmentHeaderBytes;
  const auto head = ReadFrame(kSegmentHeadNumber);
  if (head) head_ = *head;
  return head.has_value();
}

void JournalReader::CloseSegment() {
  if (file_ == nullptr) return;
  file_ = nullptr;
  const auto size = files_.Size(PathOf(*segment_));
  const std::uint64_t valid = offset_ + place_;
  if (!size.ok() || *size <= valid) return;
  condition_.cut_bytes += *size - valid;
  ++condition_.damaged_segments;
}

std::optional<std::string_view> JournalReader::ReadFrame(std::uint64_t number) {
  Frame frame = ParseFrame(Ahead(kFrameHeadBytes), number);
  if (frame.state == Frame::State::kIncomplete) frame = ParseFrame(Ahead(frame.bytes), number);
  if (frame.state != Frame::State::kWhole) return std::nullopt;
  place_ += frame.bytes;
  return frame.payload;
}

std::string_view JournalReader::Ahead(std::size_t size) {
  if (buffer_.size() - place_ < size && status_.ok()) {
    buffer_.erase(0, place_);
    offset_ += std::exchange(place_, 0);
    const std::size_t more = std::max(size, kChunkBytes) - buffer_.size();
    status_ = file_->Read(offset_ + buffer_.size(), more, &buffer_);
  }
  return std::string_view(buffer_).substr(place_);
}

std::string JournalReader::PathOf(std::uint64_t segment) const {
  return fmt::format("{}/{}", directory_, SegmentName(segment));
}

}  // namespace obs
