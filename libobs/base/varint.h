// Variable-length integers, as in protobuf: 7 bits a byte, low bits first.
//
// Thread safety: pure functions.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace obs {

// Longest varint of 64 bits.
inline constexpr std::size_t kMaxVarintBytes = 10;

constexpr std::size_t VarintBytes(std::uint64_t value) {
  return (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7;
}

// Writes `value` at `out`, which has room for kMaxVarintBytes of chars or bytes, and returns the end.
template <typename Byte>
inline Byte* WriteVarint(Byte* out, std::uint64_t value) {
  while (value >= 0x80) {
    *out++ = static_cast<Byte>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<Byte>(value);
  return out;
}

// Reads into `value` and returns the end. Only for what this process wrote: it looks for no end of the input.
inline const std::uint8_t* ReadOwnVarint(const std::uint8_t* in, std::uint64_t* value) {
  std::uint64_t result = *in & 0x7f;
  for (int shift = 7; *in++ >= 0x80; shift += 7) result |= std::uint64_t{*in & 0x7fu} << shift;
  *value = result;
  return in;
}

// Small absolute values of either sign become small numbers (sint64).
constexpr std::uint64_t ZigZag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t UnZigZag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

}  // namespace obs
