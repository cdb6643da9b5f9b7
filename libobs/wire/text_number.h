// Numbers and times as text lines have them.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace obs {

// A decimal number, with an optional sign, fraction and exponent; also "NaN", "+Inf" and "-Inf". nullopt if
// `text` is anything else. Too large becomes infinite, too small zero.
std::optional<double> ParseNumber(std::string_view text);

// Unix time in nanoseconds, from RFC 3339 ("2024-02-29T12:00:00.5+01:00") or from a number, whose unit
// follows from its size: seconds below 10^11, milliseconds below 10^14, microseconds below 10^17, else
// nanoseconds; all may have a fraction. nullopt if `text` is anything else, or no such time fits.
std::optional<std::int64_t> ParseTimestamp(std::string_view text);

}  // namespace obs
