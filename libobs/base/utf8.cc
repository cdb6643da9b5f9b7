#include "base/utf8.h"

#include <cstdint>
#include <cstring>

namespace obs {
namespace {

bool IsContinuation(unsigned char byte) {
  return (byte & 0xC0) == 0x80;
}

// Length of the well-formed sequence that starts at `p`, which is no ASCII byte; 0 if there is none.
int MultiByteLength(const unsigned char* p, const unsigned char* end) {
  const unsigned char first = p[0];
  const auto left = end - p;
  if (first >= 0xC2 && first <= 0xDF) return left >= 2 && IsContinuation(p[1]) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (left < 3 || !IsContinuation(p[1]) || !IsContinuation(p[2])) return 0;
    if (first == 0xE0 && p[1] < 0xA0) return 0;  // overlong
    if (first == 0xED && p[1] > 0x9F) return 0;  // surrogate
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (left < 4 || !IsContinuation(p[1]) || !IsContinuation(p[2]) || !IsContinuation(p[3])) return 0;
    if (first == 0xF0 && p[1] < 0x90) return 0;  // overlong
    if (first == 0xF4 && p[1] > 0x8F) return 0;  // above U+10FFFF
    return 4;
  }
  return 0;
}

}  // namespace

bool IsValidUtf8(std::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = p + text.size();
  while (p < end) {
    if (end - p >= 8) {  // names are nearly always ASCII: eight bytes at a time
      std::uint64_t word;
      std::memcpy(&word, p, sizeof word);
      if ((word & 0x8080808080808080u) == 0) {
        p += 8;
        continue;
      }
    }
    if (*p < 0x80) {
      ++p;
      continue;
    }
    const int length = MultiByteLength(p, end);
    if (length == 0) return false;
    p += length;
  }
  return true;
}

}  // namespace obs
