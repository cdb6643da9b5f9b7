// Division that rounds down, for times before 1970 too.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>

namespace obs {

constexpr std::int64_t FloorDivide(std::int64_t value, std::int64_t divisor) {
  return value / divisor - (value % divisor < 0 ? 1 : 0);
}

}  // namespace obs
