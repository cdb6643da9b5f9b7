#include "wire/packed.h"

namespace obs {

bool CountVarints(std::string_view bytes, std::size_t* count) {
  constexpr std::uint64_t kContinuationBits = 0x8080808080808080u;
  const char* p = bytes.data();
  const char* const end = p + bytes.size();
  std::size_t found = 0;
  std::size_t open = 0;  // continuation bytes since the last varint ended
  while (end - p >= 8) {
    std::uint64_t word;
    std::memcpy(&word, p, sizeof word);
    const std::uint64_t ends = ~word & kContinuationBits;
    if (ends == 0) {
      open += 8;
      if (open >= kMaxVarintBytes) return false;
    } else {
      if (open + static_cast<std::size_t>(std::countr_zero(ends) >> 3) >= kMaxVarintBytes) return false;
      // The sum of the eight bytes of ends >> 7, each 0 or 1. (std::popcount is a call on the oldest x86-64.)
      found += static_cast<std::size_t>(((ends >> 7) * 0x0101010101010101u) >> 56);
      open = static_cast<std::size_t>(std::countl_zero(ends) >> 3);
    }
    p += 8;
  }
  for (; p != end; ++p) {
    if ((static_cast<unsigned char>(*p) & 0x80) == 0) {
      ++found;
      open = 0;
    } else if (++open >= kMaxVarintBytes) {
      return false;
    }
  }
  *count = found;
  return open == 0;
}

}  // namespace obs
