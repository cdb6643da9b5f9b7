// Variable-length integers, as in protobuf: 7 bits a byte, low bits first. For the buffer's own bytes only:
// reading trusts them.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>

namespace obs {

inline constexpr std::size_t kMaxVarintBytes = 10;

// Writes `value` to `out` and returns the byte after it.
inline std::uint8_t* PutVarint(std::uint8_t* out, std::uint64_t value) {
  while (value >= 0x80) {
    *out++ = static_cast<std::uint8_t>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<std::uint8_t>(value);
  return out;
}

// Reads into `value` and returns the byte after it.
inline const std::uint8_t* GetVarint(const std::uint8_t* in, std::uint64_t* value) {
  std::uint64_t result = *in & 0x7f;
  for (int shift = 7; *in++ & 0x80; shift += 7) result |= static_cast<std::uint64_t>(*in & 0x7f) << shift;
  *value = result;
  return in;
}

// Small numbers of either sign become small numbers without one.
constexpr std::uint64_t ZigZag(std::int64_t value) {
  return static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t UnZigZag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1 ^ (0 - (value & 1)));
}

}  // namespace obs
