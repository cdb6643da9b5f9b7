#include "journal/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>
#include <cstddef>

namespace obs {
namespace {

constexpr std::size_t kMaxPieceBytes = std::size_t{1} << 30;  // the library counts in int

}  // namespace

std::uint32_t Crc32c(std::string_view bytes, std::uint32_t seed) {
  std::uint32_t crc = ~seed;
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), kMaxPieceBytes);
    // It only reads, though its signature does not say so.
    auto* const data = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
    crc = crc32_iscsi(data, static_cast<int>(size), crc);
    bytes.remove_prefix(size);
  }
  return ~crc;
}

}  // namespace obs
