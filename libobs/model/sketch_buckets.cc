// Where the buckets of a sketch lie.
#include <array>
#include <bit>
#include <cassert>
#include <limits>

#include "model/sketch.h"

namespace obs {
namespace {

constexpr int kMantissaBits = 52;
constexpr std::uint64_t kMantissaMask = (std::uint64_t{1} << kMantissaBits) - 1;
constexpr int kExponentBias = 1023;
constexpr int kMinExponent = -1022;  // of a normal double
constexpr int kMaxExponent = 1023;

constexpr int kSteps = 1 << Sketch::kDefaultScale;  // buckets for each power of two

// Mantissas of 2^(j/64), rounded down: computed in exact integer arithmetic, since a bound that is off by its
// last bit would put a value beside its bucket. All but the first are irrational, so no double equals one,
// and a double is above the true bound exactly if it is above the one rounded down.
constexpr std::array<std::uint64_t, kSteps> kBounds{
    0x0000000000000, 0x02c9a3e778060, 0x059b0d3158574, 0x0874518759bc8, 0x0b5586cf9890f, 0x0e3ec32d3d1a2,
    0x11301d0125b50, 0x1429aaea92ddf, 0x172b83c7d517a, 0x1a35beb6fcb75, 0x1d4873168b9aa, 0x2063b88628cd6,
    0x2387a6e756238, 0x26b4565e27cdd, 0x29e9df51fdee1, 0x2d285a6e4030b, 0x306fe0a31b715, 0x33c08b26416ff,
    0x371a7373aa9ca, 0x3a7db34e59ff6, 0x3dea64c123422, 0x4160a21f72e29, 0x44e086061892d, 0x486a2b5c13cd0,
    0x4bfdad5362a27, 0x4f9b2769d2ca6, 0x5342b569d4f81, 0x56f4736b527da, 0x5ab07dd485429, 0x5e76f15ad2148,
    0x6247eb03a5584, 0x6623882552224, 0x6a09e667f3bcc, 0x6dfb23c651a2e, 0x71f75e8ec5f73, 0x75feb564267c8,
    0x7a11473eb0186, 0x7e2f336cf4e62, 0x82589994cce12, 0x868d99b4492ec, 0x8ace5422aa0db, 0x8f1ae99157736,
    0x93737b0cdc5e4, 0x97d829fde4e4f, 0x9c49182a3f090, 0xa0c667b5de564, 0xa5503b23e255c, 0xa9e6b5579fdbf,
    0xae89f995ad3ad, 0xb33a2b84f15fa, 0xb7f76f2fb5e46, 0xbcc1e904bc1d2, 0xc199bdd85529c, 0xc67f12e57d14b,
    0xcb720dcef9069, 0xd072d4a07897b, 0xd5818dcfba487, 0xda9e603db3285, 0xdfc97337b9b5e, 0xe502ee78b3ff6,
    0xea4afa2a490d9, 0xefa1bee615a27, 0xf50765b6e4540, 0xfa7c1819e90d8};

// For each 1/128 of the mantissa's range, the highest bound that does not lie above its beginning. Bounds are
// at least 1/92 apart, so at most one more lies within.
constexpr int kSliceBits = 7;
constexpr auto kFirstStep = [] {
  std::array<std::uint8_t, 1 << kSliceBits> table{};
  for (std::size_t slice = 0; slice < table.size(); ++slice) {
    const std::uint64_t begin = static_cast<std::uint64_t>(slice) << (kMantissaBits - kSliceBits);
    while (table[slice] + 1 < kSteps && kBounds[table[slice] + 1u] <= begin) ++table[slice];
  }
  return table;
}();

// kBounds with an end that no mantissa reaches.
constexpr auto kNextBound = [] {
  std::array<std::uint64_t, kSteps> table{};
  for (std::size_t step = 0; step + 1 < kSteps; ++step) table[step] = kBounds[step + 1];
  table[kSteps - 1] = kMantissaMask + 1;
  return table;
}();

}  // namespace

std::int32_t Sketch::BucketIndex(double value, int scale) {
  assert(value > 0 && value <= std::numeric_limits<double>::max());
  assert(scale >= kMinScale && scale <= kDefaultScale);
  // Buckets include their upper bound and not their lower one. The double just below `value` lies in the
  // bucket that has them the other way round, which needs no special case for powers of two.
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(value) - 1;
  const auto exponent = static_cast<std::int32_t>(bits >> kMantissaBits);
  if (exponent == 0) [[unlikely]] {  // subnormal: shift it to where the mantissa is whole
    return (BucketIndex(value * 0x1p64, kDefaultScale) - 64 * kSteps) >> (kDefaultScale - scale);
  }
  const std::uint64_t mantissa = bits & kMantissaMask;
  std::int32_t step = kFirstStep[mantissa >> (kMantissaBits - kSliceBits)];
  step += mantissa >= kNextBound[static_cast<std::size_t>(step)];
  return ((exponent - kExponentBias) * kSteps + step) >> (kDefaultScale - scale);
}

double Sketch::LowerBound(std::int32_t index, int scale) {
  assert(scale >= kMinScale && scale <= kDefaultScale);
  const std::int64_t fine = static_cast<std::int64_t>(index) << (kDefaultScale - scale);
  const std::int64_t exponent = fine >> kDefaultScale;
  const std::uint64_t mantissa = kBounds[static_cast<std::size_t>(fine & (kSteps - 1))];
  if (exponent > kMaxExponent) return std::numeric_limits<double>::max();
  if (exponent >= kMinExponent) {
    return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + kExponentBias) << kMantissaBits |
                                 mantissa);
  }
  const std::int64_t shift = kMinExponent - exponent;  // subnormal
  if (shift > kMantissaBits) return 0;
  return std::bit_cast<double>((kMantissaMask + 1 + mantissa) >> shift);
}

}  // namespace obs
