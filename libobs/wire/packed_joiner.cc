#include "wire/packed_joiner.h"

namespace obs {
namespace {

bool IsPacked(const ProtoReader& reader) {
  return static_cast<WireType>(reader.tag() & 7) == WireType::kBytes;
}

std::string_view ReadSince(const ProtoReader& reader, const char* start) {
  return {start, static_cast<std::size_t>(reader.position() - start)};
}

}  // namespace

bool PackedJoiner::ReadVarints(ProtoReader& reader, PackedView* view) {
  if (!IsPacked(reader)) {
    const char* const start = reader.position();
    std::uint64_t ignored = 0;
    if (!reader.ReadVarint(&ignored)) return false;
    Append(view, ReadSince(reader, start), 1);
    return true;
  }
  std::string_view chunk;
  std::size_t elements = 0;
  if (!reader.ReadBytes(&chunk)) return false;
  if (!CountVarints(chunk, &elements)) return reader.Fail("truncated or oversized varint in a packed field");
  Append(view, chunk, elements);
  return true;
}

bool PackedJoiner::ReadDoubles(ProtoReader& reader, PackedView* view) {
  if (!IsPacked(reader)) {
    const char* const start = reader.position();
    double ignored = 0;
    if (!reader.ReadDouble(&ignored)) return false;
    Append(view, ReadSince(reader, start), 1);
    return true;
  }
  std::string_view chunk;
  if (!reader.ReadBytes(&chunk)) return false;
  if (chunk.size() % sizeof(double) != 0)
    return reader.Fail("packed doubles whose length is no multiple of 8");
  Append(view, chunk, chunk.size() / sizeof(double));
  return true;
}

std::size_t PackedJoiner::HeapBytes() const {
  std::size_t bytes = 0;
  for (const std::string& joined : joined_) bytes += sizeof joined + joined.capacity();
  return bytes;
}

void PackedJoiner::Append(PackedView* view, std::string_view chunk, std::size_t elements) {
  if (view->size == 0) {
    view->bytes = chunk;
    view->size = elements;
    return;
  }
  if (view->joined < 0) {
    view->joined = static_cast<std::int32_t>(used_++);
    if (joined_.size() < used_) joined_.emplace_back();
    joined_[static_cast<std::size_t>(view->joined)].assign(view->bytes);
  }
  std::string& joined = joined_[static_cast<std::size_t>(view->joined)];
  joined.append(chunk);
  view->bytes = joined;
  view->size += elements;
}

}  // namespace obs
