// Doubles as whole numbers of a unit: most of what is measured is a decimal number of few digits, or, where
// kernels count memory, a multiple of 1024. Differences of such numbers pack well.
//
// Thread safety: pure functions.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

namespace obs {

// 0 to 9: the unit is 1 / 10^n. Then one more: the unit is 1024.
using Unit = std::uint8_t;
inline constexpr Unit kKibiUnit = 10;
inline constexpr Unit kUnits = 11;

namespace decimal_internal {
// Divided by, since 1e-3 is no double and 1e3 is.
inline constexpr std::array<double, kUnits> kUnitsInOne{1,   1e1, 1e2, 1e3, 1e4,       1e5,
                                                        1e6, 1e7, 1e8, 1e9, 1.0 / 1024};
inline constexpr double kMaxDigits = 1e15;  // all integers up to here are doubles
}  // namespace decimal_internal

inline double FromDigits(std::int64_t digits, Unit unit) {
  return static_cast<double>(digits) / decimal_internal::kUnitsInOne[unit];
}

// True if `value` is exactly FromDigits(digits, unit). The sign of zero is lost.
inline bool ToDigits(double value, Unit unit, std::int64_t* digits) {
  const double scaled = value * decimal_internal::kUnitsInOne[unit];
  if (!(std::fabs(scaled) < decimal_internal::kMaxDigits)) return false;
  const auto whole = static_cast<std::int64_t>(scaled + (scaled < 0 ? -0.5 : 0.5));
  if (FromDigits(whole, unit) != value) return false;
  *digits = whole;
  return true;
}

// The largest unit in which `value` is whole. False if there is none.
inline bool ToFewestDigits(double value, Unit* unit, std::int64_t* digits) {
  // What is whole in any unit is so in the smallest, as long as it has room: most other numbers end here.
  constexpr Unit kSmallest = kKibiUnit - 1;
  constexpr double kRoom = 1e6;
  if (std::fabs(value) < kRoom && !ToDigits(value, kSmallest, digits)) return false;
  if (value != 0 && ToDigits(value, kKibiUnit, digits)) {
    *unit = kKibiUnit;
    return true;
  }
  for (Unit decimals = 0; decimals < kKibiUnit; ++decimals) {
    if (!ToDigits(value, decimals, digits)) continue;
    *unit = decimals;
    return true;
  }
  return false;
}

}  // namespace obs
