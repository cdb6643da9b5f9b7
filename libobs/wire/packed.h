// Elements of a packed repeated field, read in place.
//
// Thread safety: values; one thread at a time.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "wire/proto_reader.h"

namespace obs {

// A packed repeated field.
struct PackedView {
  std::string_view bytes;
  std::size_t size = 0;      // elements
  std::int32_t joined = -1;  // PackedJoiner's
};

// Counts the varints in `bytes`. False unless all are whole and at most kMaxVarintBytes long.
bool CountVarints(std::string_view bytes, std::size_t* count);

// Walks varints that CountVarints() found well-formed. The caller knows how many there are.
class VarintCursor {
 public:
  explicit VarintCursor(std::string_view checked) : p_(checked.data()), end_(p_ + checked.size()) {}

  std::uint64_t Next() {
    const auto first = static_cast<unsigned char>(*p_);
    if (first < 0x80) {
      ++p_;
      return first;
    }
    return end_ - p_ >= 8 ? NextWide() : NextSlow();
  }

 private:
  static constexpr std::uint64_t kContinuationBits = 0x8080808080808080u;

  // Eight bytes at once: no branch on the length, which in a column of timestamps is hard to predict.
  std::uint64_t NextWide() {
    std::uint64_t word;
    std::memcpy(&word, p_, sizeof word);
    const std::uint64_t ends = ~word & kContinuationBits;
    if (ends == 0) return NextSlow();
    const std::uint64_t through_last = ends ^ (ends - 1);  // every bit up to the end bit of the last byte
    p_ += (std::countr_zero(ends) >> 3) + 1;
    word &= through_last & ~kContinuationBits;
    // Close the gaps: 7-bit groups to 14, 28 and 56 bits.
    word = (word & 0x007F007F007F007Fu) | ((word & 0x7F007F007F007F00u) >> 1);
    word = (word & 0x00003FFF00003FFFu) | ((word & 0x3FFF00003FFF0000u) >> 2);
    return (word & 0x000000000FFFFFFFu) | ((word & 0x0FFFFFFF00000000u) >> 4);
  }

  std::uint64_t NextSlow() {
    std::uint64_t value = 0;
    p_ = ReadVarint(p_, end_, &value);
    return value;
  }

  const char* p_;
  const char* end_;
};

// Walks doubles. The caller knows how many there are.
class DoubleCursor {
 public:
  explicit DoubleCursor(std::string_view bytes) : p_(bytes.data()) {}

  double Next() {
    double value;
    std::memcpy(&value, p_, sizeof value);
    p_ += sizeof value;
    return value;
  }

 private:
  const char* p_;
};

}  // namespace obs
