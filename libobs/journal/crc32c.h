// CRC-32C (Castagnoli), as iSCSI and ext4 use it.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace obs {

// The checksum of `bytes`; with `seed`, that of what `seed` is the checksum of and `bytes` after it.
std::uint32_t Crc32c(std::string_view bytes, std::uint32_t seed = 0);

}  // namespace obs
