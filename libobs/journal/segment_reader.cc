#include "journal/segment_reader.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "journal/segment.h"

namespace obs {

absl::StatusOr<std::unique_ptr<SegmentReader>> SegmentReader::Open(FileSystem& files,
                                                                   const std::string& path) {
  auto file = files.OpenToRead(path);
  if (!file.ok()) return file.status();
  const auto size = files.Size(path);
  if (!size.ok()) return size.status();
  std::unique_ptr<SegmentReader> reader(new SegmentReader(*std::move(file), *size));
  if (reader->ReadHead()) return reader;
  if (!reader->status_.ok()) return reader->status_;
  return absl::InvalidArgumentError(fmt::format("{}: not a journal, or damaged from its start", path));
}

bool SegmentReader::ReadHead() {
  const auto first = ParseSegmentHeader(Ahead(kSegmentHeaderBytes));
  if (!first) return false;
  place_ += kSegmentHeaderBytes;
  next_number_ = *first;
  if (!ReadFrame(kSegmentHeadNumber)) return false;
  head_ = payload_;
  return true;
}

bool SegmentReader::Next() {
  record_offset_ = buffer_offset_ + place_;
  if (!status_.ok() || !ReadFrame(next_number_)) return false;
  ++next_number_;
  return true;
}

bool SegmentReader::ReadFrame(std::uint64_t number) {
  Frame frame = ParseFrame(Ahead(kFrameHeadBytes), number);
  if (frame.state == Frame::State::kIncomplete) frame = ParseFrame(Ahead(frame.bytes), number);
  if (frame.state != Frame::State::kWhole) return false;
  place_ += frame.bytes;
  payload_ = frame.payload;
  return true;
}

std::string_view SegmentReader::Ahead(std::size_t size) {
  if (buffer_.size() - place_ < size && status_.ok()) {
    buffer_.erase(0, place_);
    buffer_offset_ += std::exchange(place_, 0);
    const std::size_t more = std::max(size, kChunkBytes) - buffer_.size();
    status_ = file_->Read(buffer_offset_ + buffer_.size(), more, &buffer_);
  }
  return std::string_view(buffer_).substr(place_);
}

}  // namespace obs
