// How the older part of history packs its points, many at once: about a byte each for what machines usually
// measure.
//
// A group keeps how its timestamps and its values grow from point to point, each growth in as many bits as
// the group's widest needs. Values are counted in the largest unit in which all of them are whole (see
// decimal.h) and exact; where there is none, the bits in which each differs from the one before are kept.
// Timestamps are rounded down to ticks.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "buffer/point_codec.h"

namespace obs {

inline constexpr std::size_t kGroupPoints = 32;
inline constexpr std::size_t kMaxGroupBytes = 64 + 2 * kGroupPoints * sizeof(std::uint64_t);

// Writes 1 to kGroupPoints points by rising time, and returns the byte after them.
std::uint8_t* PutPointGroup(std::uint8_t* out, std::span<const Point> points, std::int64_t tick_us);
// Appends the points of the group at `in` to `points`, and returns the byte after it.
const std::uint8_t* GetPointGroup(const std::uint8_t* in, std::int64_t tick_us, std::vector<Point>* points);

// Of the group at `in`: the time of its newest point, and the byte after it.
std::int64_t GroupNewest(const std::uint8_t* in, std::int64_t tick_us);
const std::uint8_t* GroupEnd(const std::uint8_t* in);

}  // namespace obs
