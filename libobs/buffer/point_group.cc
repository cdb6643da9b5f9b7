#include "buffer/point_group.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/floor_divide.h"
#include "base/varint.h"
#include "buffer/decimal.h"

namespace obs {
namespace {

// A group:
//   varint   bytes that follow
//   varint   zigzag of the newest timestamp, in ticks
//   byte     points
//   times    growths: varint of the least, byte of their width, and then by how much each is above it, packed
//   byte     unit, or kNoUnit
//   values   with a unit: zigzag varint of the first one's digits, and growths as above, the least zigzagged.
//            Without: 8 bytes of the first; byte of zero bits at the low end, byte of width, differences
//            packed.
constexpr std::uint8_t kNoUnit = 0xff;

class BitWriter {
 public:
  explicit BitWriter(std::uint8_t* out) : out_(out) {}

  void Put(std::uint64_t bits, int width) {
    pending_ |= static_cast<unsigned __int128>(bits) << pending_bits_;
    for (pending_bits_ += width; pending_bits_ >= 8; pending_bits_ -= 8, pending_ >>= 8) PutByte();
  }
  std::uint8_t* Finish() {
    if (pending_bits_ > 0) PutByte();
    return out_;
  }

 private:
  void PutByte() { *out_++ = static_cast<std::uint8_t>(pending_); }

  std::uint8_t* out_;
  unsigned __int128 pending_ = 0;
  int pending_bits_ = 0;
};

class BitReader {
 public:
  explicit BitReader(const std::uint8_t* in) : in_(in) {}

  std::uint64_t Take(int width) {
    for (; pending_bits_ < width; pending_bits_ += 8) {
      pending_ |= static_cast<unsigned __int128>(*in_++) << pending_bits_;
    }
    const auto bits =
        static_cast<std::uint64_t>(pending_ & ((static_cast<unsigned __int128>(1) << width) - 1));
    pending_ >>= width;
    pending_bits_ -= width;
    return bits;
  }
  // The byte after what was taken.
  const std::uint8_t* end() const { return in_; }

 private:
  const std::uint8_t* in_;
  unsigned __int128 pending_ = 0;
  int pending_bits_ = 0;
};

using Numbers = std::array<std::int64_t, kGroupPoints>;

// Writes how numbers[1 .. count) grow.
std::uint8_t* PutGrowths(std::uint8_t* out, const Numbers& numbers, std::size_t count) {
  std::int64_t least = count > 1 ? numbers[1] - numbers[0] : 0;
  std::int64_t most = least;
  for (std::size_t i = 2; i < count; ++i) {
    least = std::min(least, numbers[i] - numbers[i - 1]);
    most = std::max(most, numbers[i] - numbers[i - 1]);
  }
  const int width = std::bit_width(static_cast<std::uint64_t>(most - least));
  out = WriteVarint(out, ZigZag(least));
  *out++ = static_cast<std::uint8_t>(width);
  BitWriter bits(out);
  for (std::size_t i = 1; i < count; ++i) {
    bits.Put(static_cast<std::uint64_t>(numbers[i] - numbers[i - 1] - least), width);
  }
  return bits.Finish();
}

// Follows growth from numbers[0].
const std::uint8_t* GetGrowths(const std::uint8_t* in, Numbers* numbers, std::size_t count) {
  std::uint64_t packed = 0;
  in = ReadOwnVarint(in, &packed);
  const std::int64_t least = UnZigZag(packed);
  const int width = *in++;
  BitReader bits(in);
  for (std::size_t i = 1; i < count; ++i) {
    (*numbers)[i] = (*numbers)[i - 1] + least + static_cast<std::int64_t>(bits.Take(width));
  }
  return bits.end();
}

bool AllToDigits(std::span<const Point> points, Unit unit, Numbers* digits) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!ToDigits(points[i].value, unit, &(*digits)[i])) return false;
  }
  return true;
}

// The largest unit in which all are whole, or kNoUnit.
std::uint8_t CommonUnit(std::span<const Point> points, Numbers* digits) {
  if (AllToDigits(points, kKibiUnit, digits)) return kKibiUnit;
  for (Unit decimals = 0; decimals < kKibiUnit; ++decimals) {
    if (AllToDigits(points, decimals, digits)) return decimals;
  }
  return kNoUnit;
}

std::uint64_t BitsOf(const Point& point) {
  return std::bit_cast<std::uint64_t>(point.value);
}

std::uint8_t* PutDifferences(std::uint8_t* out, std::span<const Point> points) {
  std::uint64_t used = 0;
  for (std::size_t i = 1; i < points.size(); ++i) used |= BitsOf(points[i]) ^ BitsOf(points[i - 1]);
  const int low = used == 0 ? 0 : std::countr_zero(used);
  const int width = std::bit_width(used >> low);
  BitWriter bits(out);
  bits.Put(BitsOf(points.front()), 64);
  bits.Put(static_cast<std::uint64_t>(low), 8);
  bits.Put(static_cast<std::uint64_t>(width), 8);
  for (std::size_t i = 1; i < points.size(); ++i) {
    bits.Put((BitsOf(points[i]) ^ BitsOf(points[i - 1])) >> low, width);
  }
  return bits.Finish();
}

const std::uint8_t* GetDifferences(const std::uint8_t* in, std::span<Point> points) {
  BitReader bits(in);
  std::uint64_t value = bits.Take(64);
  const auto low = static_cast<int>(bits.Take(8));
  const auto width = static_cast<int>(bits.Take(8));
  points.front().value = std::bit_cast<double>(value);
  for (Point& point : points.subspan(1)) {
    value ^= bits.Take(width) << low;
    point.value = std::bit_cast<double>(value);
  }
  return bits.end();
}

std::uint8_t* PutBody(std::uint8_t* out, std::span<const Point> points, std::int64_t tick_us) {
  Numbers numbers;
  for (std::size_t i = 0; i < points.size(); ++i) numbers[i] = FloorDivide(points[i].timestamp_us, tick_us);
  out = WriteVarint(out, ZigZag(numbers[points.size() - 1]));
  *out++ = static_cast<std::uint8_t>(points.size());
  out = PutGrowths(out, numbers, points.size());

  const std::uint8_t unit = CommonUnit(points, &numbers);
  *out++ = unit;
  if (unit == kNoUnit) return PutDifferences(out, points);
  out = WriteVarint(out, ZigZag(numbers[0]));
  return PutGrowths(out, numbers, points.size());
}

}  // namespace

std::uint8_t* PutPointGroup(std::uint8_t* out, std::span<const Point> points, std::int64_t tick_us) {
  std::array<std::uint8_t, kMaxGroupBytes> body;
  const std::uint8_t* const body_end = PutBody(body.data(), points, tick_us);
  out = WriteVarint(out, static_cast<std::uint64_t>(body_end - body.data()));
  return std::copy(static_cast<const std::uint8_t*>(body.data()), body_end, out);
}

const std::uint8_t* GetPointGroup(const std::uint8_t* in, std::int64_t tick_us, std::vector<Point>* points) {
  std::uint64_t packed = 0;
  in = ReadOwnVarint(in, &packed);
  in = ReadOwnVarint(in, &packed);
  const std::int64_t newest = UnZigZag(packed);
  const std::size_t count = *in++;
  const std::size_t before = points->size();
  points->resize(before + count);
  const std::span<Point> group = std::span(*points).subspan(before);

  Numbers numbers;
  numbers[0] = 0;
  in = GetGrowths(in, &numbers, count);
  const std::int64_t first = newest - numbers[count - 1];
  for (std::size_t i = 0; i < count; ++i) group[i].timestamp_us = (first + numbers[i]) * tick_us;

  const std::uint8_t unit = *in++;
  if (unit == kNoUnit) return GetDifferences(in, group);
  in = ReadOwnVarint(in, &packed);
  numbers[0] = UnZigZag(packed);
  in = GetGrowths(in, &numbers, count);
  for (std::size_t i = 0; i < count; ++i) group[i].value = FromDigits(numbers[i], unit);
  return in;
}

std::int64_t GroupNewest(const std::uint8_t* in, std::int64_t tick_us) {
  std::uint64_t packed = 0;
  in = ReadOwnVarint(in, &packed);
  ReadOwnVarint(in, &packed);
  return UnZigZag(packed) * tick_us;
}

const std::uint8_t* GroupEnd(const std::uint8_t* in) {
  std::uint64_t size = 0;
  in = ReadOwnVarint(in, &size);
  return in + size;
}

}  // namespace obs
