// Reads protobuf fields from contiguous bytes: bounds-checked, without allocation and without message
// objects.
//
//   ProtoReader reader(bytes);
//   while (reader.Next()) {
//     switch (reader.tag()) {
//       case FieldTag(1, WireType::kBytes): reader.ReadBytes(&name); break;
//       case FieldTag(2, WireType::kFixed64): reader.ReadDouble(&value); break;
//       default: reader.Skip();
//     }
//   }
//   if (!reader.ok()) ...  // reader.error() says what, reader.field_start() where
//
// A tag holds the field's number and wire type, so a known field of a wrong type is skipped as an unknown
// one, as protobuf's own parsers do. After an error every call fails and leaves its output alone.
//
// Thread safety: a value; one thread at a time. Views it returns live as long as the bytes.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "wire/proto_writer.h"

namespace obs {

constexpr std::uint32_t FieldTag(std::uint32_t field, WireType type) {
  return (field << 3) | static_cast<std::uint8_t>(type);
}

// Reads a varint at `p`. Null if it runs past `end` or over kMaxVarintBytes, otherwise the byte behind it.
// Bits above 64 are dropped, as protobuf does.
inline const char* ReadVarint(const char* p, const char* end, std::uint64_t* value) {
  std::uint64_t result = 0;
  for (unsigned shift = 0; shift < 7 * kMaxVarintBytes; shift += 7) {
    if (p == end) return nullptr;
    const auto byte = static_cast<unsigned char>(*p++);
    result |= std::uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) {
      *value = result;
      return p;
    }
  }
  return nullptr;
}

class ProtoReader {
 public:
  explicit ProtoReader(std::string_view bytes) : p_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  // Goes to the next field. False at the end, and on an error. The field before must have been read or
  // skipped.
  bool Next() {
    if (p_ == end_ || error_ != nullptr) return false;
    field_start_ = p_;
    std::uint64_t tag = 0;
    if (static_cast<unsigned char>(*p_) < 0x80) {
      tag = static_cast<unsigned char>(*p_++);
    } else {
      const char* const next = obs::ReadVarint(p_, end_, &tag);
      if (next == nullptr) return Fail("truncated tag");
      p_ = next;
    }
    if (tag > 0xFFFFFFFFu || tag < 8) return Fail("impossible field number");
    tag_ = static_cast<std::uint32_t>(tag);
    return true;
  }

  std::uint32_t tag() const { return tag_; }

  bool ReadVarint(std::uint64_t* value) {
    if (p_ != end_ && static_cast<unsigned char>(*p_) < 0x80) {
      *value = static_cast<unsigned char>(*p_++);
      return true;
    }
    const char* const next = obs::ReadVarint(p_, end_, value);
    if (next == nullptr) return Fail("truncated or oversized varint");
    p_ = next;
    return true;
  }

  bool ReadFixed64(std::uint64_t* value) {
    if (end_ - p_ < 8) return Fail("truncated 64-bit value");
    std::memcpy(value, p_, 8);
    p_ += 8;
    return true;
  }

  bool ReadDouble(double* value) {
    std::uint64_t bits = 0;
    if (!ReadFixed64(&bits)) return false;
    *value = std::bit_cast<double>(bits);
    return true;
  }

  bool ReadBytes(std::string_view* bytes) {
    std::uint64_t length = 0;
    if (!ReadVarint(&length)) return false;
    if (length > static_cast<std::uint64_t>(end_ - p_)) return Fail("length runs past the end");
    *bytes = std::string_view(p_, static_cast<std::size_t>(length));
    p_ += length;
    return true;
  }

  // Passes over the current field's value, whatever its type.
  bool Skip() { return SkipValue(tag_, 0); }

  bool ok() const { return error_ == nullptr; }
  // What is wrong, or null.
  const char* error() const { return error_; }
  // Where the next byte will be read.
  const char* position() const { return p_; }
  // Start of the current field: where it is wrong.
  const char* field_start() const { return field_start_; }

  // Makes this reader fail at the current field: for what the caller found wrong with it. Returns false.
  bool Fail(const char* what) {
    if (error_ == nullptr) error_ = what;
    return false;
  }

 private:
  static constexpr int kMaxGroupDepth = 32;

  bool SkipValue(std::uint32_t tag, int depth) {
    std::uint64_t ignored = 0;
    std::string_view bytes;
    switch (static_cast<WireType>(tag & 7)) {
      case WireType::kVarint: return ReadVarint(&ignored);
      case WireType::kFixed64: return ReadFixed64(&ignored);
      case WireType::kBytes: return ReadBytes(&bytes);
      case WireType::kStartGroup: return SkipGroup(tag, depth);
      case WireType::kEndGroup: return Fail("group ends that did not start");
      case WireType::kFixed32:
        if (end_ - p_ < 4) return Fail("truncated 32-bit value");
        p_ += 4;
        return true;
    }
    return Fail("impossible wire type");
  }

  bool SkipGroup(std::uint32_t start_tag, int depth) {
    if (depth == kMaxGroupDepth) return Fail("groups nested too deep");
    while (Next()) {
      if (static_cast<WireType>(tag_ & 7) == WireType::kEndGroup) {
        return tag_ >> 3 == start_tag >> 3 || Fail("group ends that did not start");
      }
      if (!SkipValue(tag_, depth + 1)) return false;
    }
    return Fail("group without an end");
  }

  const char* p_;
  const char* const end_;
  const char* field_start_ = nullptr;
  const char* error_ = nullptr;
  std::uint32_t tag_ = 0;
};

}  // namespace obs
