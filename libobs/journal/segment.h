// The bytes of a segment: one file of a journal. obs-journal(5) describes them.
//
//   segment = header head record*
//   header  = "obsjrnl" 0x01, number of the first record (u64), checksum of these 16 bytes (u32)
//   head    = frame with number 0: whose journal it is, and what its owner wants to know before the records
//   record  = frame; numbers rise by 1 from record to record
//   frame   = length of the payload (u32), checksum (u32), payload
//
// Numbers are little-endian. A frame's checksum is CRC-32C over its number (u64), its length and its payload,
// so that a record is not taken for another one.
//
// Thread safety: pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace obs {

inline constexpr std::size_t kSegmentHeaderBytes = 20;
inline constexpr std::size_t kFrameHeadBytes = 8;
inline constexpr std::size_t kMaxRecordBytes = 64u << 20;
inline constexpr std::uint64_t kSegmentHeadNumber = 0;

std::array<char, kSegmentHeaderBytes> EncodeSegmentHeader(std::uint64_t first);
// The number of the first record; nullopt if `bytes` begin with no header.
std::optional<std::uint64_t> ParseSegmentHeader(std::string_view bytes);

// What stands before `payload` in its frame.
std::array<char, kFrameHeadBytes> EncodeFrameHead(std::uint64_t number, std::string_view payload);

struct Frame {
  enum class State : std::uint8_t {
    kWhole,
    kIncomplete,  // `bytes` end before it does
    kDamaged,     // not what was written as frame `number`
  };
  State state = State::kDamaged;
  // Of the frame: all of it, or, if it is incomplete, as many as it takes to know more.
  std::size_t bytes = 0;
  std::string_view payload;  // of a whole one
};
// The frame that `bytes` begin with.
Frame ParseFrame(std::string_view bytes, std::uint64_t number);

// "00000000000000000042.journal": names in order are segments in order.
std::string SegmentName(std::uint64_t first);
std::optional<std::uint64_t> ParseSegmentName(std::string_view name);

}  // namespace obs
