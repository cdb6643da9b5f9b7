// What becomes of samples that nobody has confirmed, in words.
//
// Thread safety: a pure function.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace obs {

// What follows "N samples were not confirmed": "" without a spool in `directory`. Of the `left` samples
// `unspooled` are not in it, since `error`; the others wait there, `until_when`.
std::string SpoolWords(std::string_view directory, std::string_view until_when, std::uint64_t left,
                       std::uint64_t unspooled, std::string_view error);

}  // namespace obs
