// Durations and sizes as people write them: "500ms", "1.5h", "256MiB".
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "obs/export.h"

namespace obs {

// Parses a number directly followed by ns, us, ms, s, m, h or d, into nanoseconds. Not negative. "0" needs no
// unit. Errors: INVALID_ARGUMENT, quoting the text and showing a valid one.
OBS_EXPORT absl::StatusOr<std::int64_t> ParseDurationNanos(std::string_view text);

// The shortest exact form: "500ms", "1m30s".
OBS_EXPORT std::string FormatDuration(std::int64_t nanos);

// Parses a number with an optional unit B, kB, MB, GB, KiB, MiB or GiB, into bytes.
OBS_EXPORT absl::StatusOr<std::uint64_t> ParseBytes(std::string_view text);

// One decimal and a binary unit: "1.5 MiB".
OBS_EXPORT std::string FormatBytes(std::uint64_t bytes);
// "4MiB": as ParseBytes() reads it, without loss.
OBS_EXPORT std::string FormatBytesExactly(std::uint64_t bytes);

}  // namespace obs
