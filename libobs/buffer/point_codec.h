// How history packs points: two to four bytes each for what machines usually measure.
//
// A timestamp is kept as the change of its distance from the one before. A value that is a decimal number of
// few digits (most are: counts, bytes, hundredths) is kept as the difference of its digits; any other as the
// bytes in which it differs from the one before. Both are exact.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "buffer/decimal.h"

namespace obs {

struct Point {
  std::int64_t timestamp_us = 0;
  double value = 0;

  friend bool operator==(const Point&, const Point&) = default;
};

// What the next point is encoded against.
struct PointState {
  Point point;
  std::int64_t digits = 0;    // of the newest value that had digits
  std::int32_t delta_us = 0;  // to the newest from the one before; 0 if too long to be kept
  Unit unit = 0;

  // As if `first` had been encoded.
  static PointState StartingWith(const Point& first);
};

inline constexpr std::size_t kMaxPointBytes = 24;

// Writes `point`, which is not older than the state's, and returns the byte after it.
std::uint8_t* PutPoint(std::uint8_t* out, const Point& point, PointState* state);
// Reads the next point into `state` and returns the byte after it.
const std::uint8_t* GetPoint(const std::uint8_t* in, PointState* state);

}  // namespace obs
