// Appends protobuf fields to a string: the fast and allocation-free way to write telemetry.proto.
//
// The caller keeps field numbers and types right. Fields of default value may be left out, as proto3 does.
//
// Thread safety: pure functions.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/varint.h"

namespace obs {

enum class WireType : std::uint8_t {
  kVarint = 0,
  kFixed64 = 1,
  kBytes = 2,
  kStartGroup = 3,
  kEndGroup = 4,
  kFixed32 = 5
};

// ---- Bare values: tags, and elements of packed fields ----

inline void AppendVarint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

inline void AppendFixed64(std::string& out, std::uint64_t bits) {
  static_assert(std::endian::native == std::endian::little, "the wire is little-endian");
  char buffer[sizeof bits];
  std::memcpy(buffer, &bits, sizeof bits);
  out.append(buffer, sizeof buffer);
}

inline void AppendDouble(std::string& out, double value) {
  AppendFixed64(out, std::bit_cast<std::uint64_t>(value));
}

inline void AppendTag(std::string& out, std::uint32_t field, WireType type) {
  AppendVarint(out, (std::uint64_t{field} << 3) | static_cast<std::uint8_t>(type));
}

// ---- Fields ----

inline void AppendVarintField(std::string& out, std::uint32_t field, std::uint64_t value) {
  AppendTag(out, field, WireType::kVarint);
  AppendVarint(out, value);
}

inline void AppendSint64Field(std::string& out, std::uint32_t field, std::int64_t value) {
  AppendVarintField(out, field, ZigZag(value));
}

inline void AppendDoubleField(std::string& out, std::uint32_t field, double value) {
  AppendTag(out, field, WireType::kFixed64);
  AppendDouble(out, value);
}

// A string, bytes, an encoded message, or the elements of a packed field.
inline void AppendBytesField(std::string& out, std::uint32_t field, std::string_view bytes) {
  AppendTag(out, field, WireType::kBytes);
  AppendVarint(out, bytes.size());
  out.append(bytes);
}

// One entry of a map<string, string>.
inline void AppendMapField(std::string& out, std::uint32_t field, std::string_view key,
                           std::string_view value) {
  const std::size_t size =
      2 + VarintBytes(key.size()) + key.size() + VarintBytes(value.size()) + value.size();
  AppendTag(out, field, WireType::kBytes);
  AppendVarint(out, size);
  AppendBytesField(out, 1, key);
  AppendBytesField(out, 2, value);
}

// An entry of a map<string, uint64>.
inline void AppendMapField(std::string& out, std::uint32_t field, std::string_view key, std::uint64_t value) {
  const std::size_t size = 2 + VarintBytes(key.size()) + key.size() + VarintBytes(value);
  AppendTag(out, field, WireType::kBytes);
  AppendVarint(out, size);
  AppendBytesField(out, 1, key);
  AppendVarintField(out, 2, value);
}

}  // namespace obs
