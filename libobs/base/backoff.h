// How long to wait before trying again: exponential, with full jitter, so that clients of a server that comes
// back do not all return at once.
//
//   Backoff backoff({}, random);
//   while (!Try()) Wait(backoff.NextDelayNanos());
//   backoff.Reset();
//
// Thread safety: one thread at a time. It waits for nothing itself.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/clock.h"

namespace obs {

class Backoff {
 public:
  struct Options {
    std::int64_t initial_nanos = 100 * kNanosPerMilli;  // above zero
    std::int64_t max_nanos = 30 * kNanosPerSecond;      // at least initial_nanos
  };

  // `random`: uniform in [0, 1), any number of times.
  Backoff(Options options, std::function<double()> random);

  // The delay before the next try: random up to a limit that starts at initial_nanos and doubles with each
  // call up to max_nanos. With `hint`, what the server asked for, at least that long, and then random up to
  // that limit.
  std::int64_t NextDelayNanos(std::optional<std::int64_t> hint = std::nullopt);

  // The longest delay, somewhat spread: for when trying again soon is of no use.
  std::int64_t LongestDelayNanos();

  // After success: the next delay is a first one again.
  void Reset() { limit_nanos_ = options_.initial_nanos; }

  // A source of randomness for it, seeded by the system.
  static std::function<double()> SystemRandom();

 private:
  std::int64_t Spread(std::int64_t limit_nanos);

  const Options options_;
  const std::function<double()> random_;
  std::int64_t limit_nanos_;
};

}  // namespace obs
