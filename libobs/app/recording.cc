#include "app/recording.h"

#include <array>
#include <utility>

#include "fmt/format.h"
#include "journal/segment.h"
#include "wire/proto_reader.h"
#include "wire/proto_writer.h"

namespace obs {
namespace {

constexpr std::string_view kOwner = "obs-recording";

constexpr std::uint32_t kOwnerField = 1;
constexpr std::uint32_t kUrl = 2;
constexpr std::uint32_t kSelector = 3;
constexpr std::uint32_t kBegun = 4;

constexpr std::uint32_t BytesTag(std::uint32_t field) {
  return FieldTag(field, WireType::kBytes);
}

template <std::size_t kSize>
std::string_view View(const std::array<char, kSize>& bytes) {
  return {bytes.data(), bytes.size()};
}

}  // namespace

std::string EncodeRecordingHead(const RecordingHead& head) {
  std::string out;
  AppendBytesField(out, kOwnerField, kOwner);
  AppendBytesField(out, kUrl, head.url);
  for (const std::string& selector : head.selectors) AppendBytesField(out, kSelector, selector);
  AppendVarintField(out, kBegun, static_cast<std::uint64_t>(head.begun_us));
  return out;
}

std::optional<RecordingHead> ParseRecordingHead(std::string_view bytes) {
  RecordingHead head;
  std::string_view owner;
  std::string_view text;
  std::uint64_t number = 0;
  ProtoReader reader(bytes);
  while (reader.Next()) {
    switch (reader.tag()) {
      case BytesTag(kOwnerField): reader.ReadBytes(&owner); break;
      case BytesTag(kUrl):
        if (reader.ReadBytes(&text)) head.url = text;
        break;
      case BytesTag(kSelector):
        if (reader.ReadBytes(&text)) head.selectors.emplace_back(text);
        break;
      case FieldTag(kBegun, WireType::kVarint):
        if (reader.ReadVarint(&number)) head.begun_us = static_cast<std::int64_t>(number);
        break;
      default: reader.Skip();
    }
  }
  if (!reader.ok() || owner != kOwner) return std::nullopt;
  return head;
}

absl::Status RecordingWriter::Begin(const RecordingHead& head) {
  const auto header = EncodeSegmentHeader(next_number_);
  return Write(View(header), kSegmentHeadNumber, EncodeRecordingHead(head));
}

absl::Status RecordingWriter::Append(std::string_view frame) {
  absl::Status status = Write({}, next_number_, frame);
  if (status.ok()) ++next_number_;
  return status;
}

absl::Status RecordingWriter::Write(std::string_view before, std::uint64_t number, std::string_view payload) {
  const auto frame_head = EncodeFrameHead(number, payload);
  const std::array<std::string_view, 3> pieces{before, View(frame_head), payload};
  if (absl::Status status = file_->Append(pieces); !status.ok()) {
    (void)file_->Truncate(bytes_);  // a reader cuts what this leaves, if it fails
    return status;
  }
  for (const std::string_view piece : pieces) bytes_ += piece.size();
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<RecordingReader>> RecordingReader::Open(FileSystem& files,
                                                                       const std::string& path) {
  auto segment = SegmentReader::Open(files, path);
  if (absl::IsInvalidArgument(segment.status())) {
    return absl::InvalidArgumentError(
        fmt::format("{}: not a recording of obs-tail, or damaged from its start", path));
  }
  if (!segment.ok()) return segment.status();
  auto head = ParseRecordingHead((*segment)->head());
  if (!head) {
    return absl::InvalidArgumentError(fmt::format("{}: a journal, but not a recording of obs-tail", path));
  }
  return std::unique_ptr<RecordingReader>(new RecordingReader(*std::move(segment), *std::move(head)));
}

bool RecordingReader::Next() {
  if (ended_ || !segment_->Next()) {
    ended_ = true;
    return false;
  }
  auto frame = decoder_.Decode(segment_->payload());
  ended_ = !frame.ok();  // what follows may build on it
  if (ended_) return false;
  frame_ = *std::move(frame);
  return true;
}

}  // namespace obs
