// The only way time enters the library: code that needs it takes a `const Clock&`.
//
// Thread safety: every method may be called from any thread.
#pragma once

#include <cstdint>

#include "obs/export.h"

namespace obs {

inline constexpr std::int64_t kNanosPerMicro = 1'000;
inline constexpr std::int64_t kNanosPerMilli = 1'000'000;
inline constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
inline constexpr std::int64_t kMicrosPerMilli = 1'000;
inline constexpr std::int64_t kMicrosPerSecond = 1'000'000;

class OBS_EXPORT Clock {
 public:
  virtual ~Clock() = default;

  // Unix time in nanoseconds. May jump.
  virtual std::int64_t NowNanos() const = 0;

  // Nanoseconds since some fixed point. Never goes back.
  virtual std::int64_t MonotonicNanos() const = 0;

  // The machine's clock. Lives for ever.
  static const Clock& System();
};

}  // namespace obs
