#include "buffer/distribution_codec.h"

#include <bit>
#include <cstring>
#include <utility>

#include "base/floor_divide.h"
#include "base/varint.h"
#include "buffer/decimal.h"

namespace obs {
namespace {

// A record:
//   varint   zigzag(change of the timestamps' distance) << 2 | has several slots << 1 | has extras
//   extras   byte of Extra, then what it names
//   buckets  the positive ones
//   slots    one: its sum. Several: how many, and for each (timestamp, if not the first) count, sum
//   numbers  min and max of a sketch, if there is more than one observation
enum Extra : std::uint8_t { kHasZero = 1, kHasNegative = 2, kHasScale = 4 };
constexpr std::uint64_t kHasExtras = 1;
constexpr std::uint64_t kHasSlots = 2;
constexpr int kHeaderBits = 2;

// A number: varint, whose low bit says what is above it
//   0: zigzag of how the high 24 bits of a float grew from those of the one before of its kind
//   1: zigzag(digits) << 4 | unit, or one of these, whose bits follow
constexpr std::uint64_t kIsAbsolute = 1;
constexpr std::uint64_t kFloat = kUnits;
constexpr std::uint64_t kDouble = kUnits + 1;
constexpr int kTagBits = 4;
constexpr std::uint64_t kTagMask = (1 << kTagBits) - 1;
constexpr std::uint64_t kShortDigits = std::uint64_t{1} << 27;  // four bytes as a number
constexpr int kRoundedBits = 8;                                 // those of a float that are left out

template <typename T>
std::uint8_t* PutRaw(std::uint8_t* out, T value) {
  std::memcpy(out, &value, sizeof(value));
  return out + sizeof(value);
}

template <typename T>
const std::uint8_t* GetRaw(const std::uint8_t* in, T* value) {
  std::memcpy(value, in, sizeof(*value));
  return in + sizeof(*value);
}

std::uint8_t* PutAbsolute(std::uint8_t* out, std::uint64_t packed) {
  return WriteVarint(out, packed << 1 | kIsAbsolute);
}

// False if the high bits of a float would not do: rounding them up must not reach infinity, and what is below
// the normal ones has fewer digits.
bool ToRounded(double value, std::uint32_t* rounded) {
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
  const std::uint32_t magnitude = bits << 1;
  if (magnitude < 0x01000000U || magnitude >= 0xfefffe00U) return false;
  *rounded = (bits + (1U << (kRoundedBits - 1))) >> kRoundedBits;
  return true;
}

// A number that is `times` the one that may be rounded.
std::uint8_t* PutNumber(std::uint8_t* out, double value, std::uint64_t times, Precision precision,
                        std::uint32_t* before) {
  Unit unit = 0;
  std::int64_t digits = 0;
  if (ToFewestDigits(value, &unit, &digits)) {
    const std::uint64_t packed = ZigZag(digits) << kTagBits | unit;
    if (packed < kShortDigits) return PutAbsolute(out, packed);
  }
  std::uint32_t rounded = 0;
  if (precision != Precision::kExact && times != 0 &&
      ToRounded(value / static_cast<double>(times), &rounded)) {
    const std::int64_t growth = std::int64_t{rounded} - std::exchange(*before, rounded);
    return WriteVarint(out, ZigZag(growth) << 1);
  }
  const auto narrow = static_cast<float>(value);
  if (static_cast<double>(narrow) == value) return PutRaw(PutAbsolute(out, kFloat), narrow);
  return PutRaw(PutAbsolute(out, kDouble), value);
}

const std::uint8_t* GetNumber(const std::uint8_t* in, double* value, std::uint64_t times,
                              std::uint32_t* before) {
  std::uint64_t packed = 0;
  in = ReadOwnVarint(in, &packed);
  const bool is_absolute = (packed & kIsAbsolute) != 0;
  packed >>= 1;
  if (!is_absolute) {
    *before = static_cast<std::uint32_t>(*before + UnZigZag(packed));
    *value = static_cast<double>(std::bit_cast<float>(*before << kRoundedBits)) * static_cast<double>(times);
    return in;
  }
  const std::uint64_t tag = packed & kTagMask;
  if (tag == kDouble) return GetRaw(in, value);
  float narrow = 0;
  if (tag == kFloat) in = GetRaw(in, &narrow);
  *value = tag < kUnits ? FromDigits(UnZigZag(packed >> kTagBits), static_cast<Unit>(tag)) : narrow;
  return in;
}

// Buckets: varint of how many << 1 | form, zigzag varint of the first index, and then by form
//   sparse: for each: varint of empty buckets before it << 1 | (count > 1), and varint of count - 2 if so
//   dense:  for each, the empty ones between too: varint of count
constexpr std::uint64_t kDenseForm = 1;

bool IsSmallerDense(const SparseBuckets& buckets, std::uint64_t range) {
  if (range > 2 * buckets.size()) return false;
  std::size_t sparse = 0;
  std::size_t dense = range - buckets.size();
  for (const BucketCount& bucket : buckets) {
    sparse += 1 + (bucket.count > 1 ? VarintBytes(bucket.count - 2) : 0);
    dense += VarintBytes(bucket.count);
  }
  return dense < sparse;
}

std::uint8_t* PutBuckets(std::uint8_t* out, const SparseBuckets& buckets, std::int32_t* first_index) {
  if (buckets.empty()) return WriteVarint(out, 0);
  const std::int64_t first = buckets.front().index;
  const auto range = static_cast<std::uint64_t>(buckets.back().index - first + 1);
  const bool is_dense = IsSmallerDense(buckets, range);
  out = WriteVarint(out, (is_dense ? range : buckets.size()) << 1 | (is_dense ? kDenseForm : 0));
  out = WriteVarint(out, ZigZag(first - *first_index));
  *first_index = buckets.front().index;
  std::int64_t next = first;
  for (const BucketCount& bucket : buckets) {
    if (is_dense) {
      for (; next < bucket.index; ++next) *out++ = 0;
      out = WriteVarint(out, bucket.count);
    } else {
      const bool is_many = bucket.count > 1;
      out = WriteVarint(out, static_cast<std::uint64_t>(bucket.index - next) << 1 | (is_many ? 1 : 0));
      if (is_many) out = WriteVarint(out, bucket.count - 2);
    }
    next = bucket.index + 1;
  }
  return out;
}

const std::uint8_t* GetBuckets(const std::uint8_t* in, std::int32_t* first_index, SparseBuckets* buckets) {
  buckets->clear();
  std::uint64_t header = 0;
  in = ReadOwnVarint(in, &header);
  if (header == 0) return in;
  std::uint64_t number = 0;
  in = ReadOwnVarint(in, &number);
  *first_index += static_cast<std::int32_t>(UnZigZag(number));
  std::int32_t index = *first_index;
  const bool is_dense = (header & kDenseForm) != 0;
  for (std::uint64_t i = 0; i < header >> 1; ++i, ++index) {
    std::uint64_t count = 1;
    in = ReadOwnVarint(in, &number);
    if (is_dense) {
      count = number;
    } else {
      index += static_cast<std::int32_t>(number >> 1);
      if ((number & 1) != 0) {
        in = ReadOwnVarint(in, &count);
        count += 2;
      }
    }
    if (count != 0) buckets->push_back({index, count});
  }
  return in;
}

std::int64_t TickOf(Precision precision) {
  return precision == Precision::kCoarse ? 1000 : 1;
}

std::uint8_t* PutTimestamp(std::uint8_t* out, std::int64_t timestamp_us, Precision precision,
                           std::uint64_t flags, int flag_bits, DistributionState* state) {
  const std::int64_t ticks = FloorDivide(timestamp_us, TickOf(precision));
  const std::int64_t delta = ticks - std::exchange(state->ticks, ticks);
  return WriteVarint(out, ZigZag(delta - std::exchange(state->delta, delta)) << flag_bits | flags);
}

std::int64_t NextTimestamp(std::uint64_t packed, Precision precision, DistributionState* state) {
  state->delta += UnZigZag(packed);
  state->ticks += state->delta;
  return state->ticks * TickOf(precision);
}

std::uint64_t CountBuckets(const DistributionRecord& record) {
  std::uint64_t count = record.zero_count;
  for (const BucketCount& bucket : record.positive) count += bucket.count;
  for (const BucketCount& bucket : record.negative) count += bucket.count;
  return count;
}

std::uint8_t* PutExtras(std::uint8_t* out, const DistributionRecord& record, std::uint8_t extras) {
  *out++ = extras;
  if ((extras & kHasScale) != 0) out = WriteVarint(out, ZigZag(record.scale));
  if ((extras & kHasZero) != 0) out = WriteVarint(out, record.zero_count);
  std::int32_t first_index = 0;
  if ((extras & kHasNegative) != 0) out = PutBuckets(out, record.negative, &first_index);
  return out;
}

const std::uint8_t* GetExtras(const std::uint8_t* in, DistributionState* state, DistributionRecord* record) {
  const std::uint8_t extras = *in++;
  std::uint64_t number = 0;
  if ((extras & kHasScale) != 0) {
    in = ReadOwnVarint(in, &number);
    state->scale = static_cast<std::int32_t>(UnZigZag(number));
  }
  if ((extras & kHasZero) != 0) in = ReadOwnVarint(in, &record->zero_count);
  std::int32_t first_index = 0;
  if ((extras & kHasNegative) != 0) in = GetBuckets(in, &first_index, &record->negative);
  return in;
}

}  // namespace

std::size_t MaxRecordBytes(const DistributionRecord& record) {
  return 64 + record.slots.size() * 3 * kMaxVarintBytes +
         (record.positive.size() + record.negative.size()) * 2 * kMaxVarintBytes;
}

std::uint8_t* PutRecord(std::uint8_t* out, const DistributionRecord& record, Precision precision,
                        DistributionState* state) {
  const bool has_slots = record.slots.size() > 1;
  const auto extras = static_cast<std::uint8_t>((record.zero_count != 0 ? kHasZero : 0) |
                                                (record.negative.empty() ? 0 : kHasNegative) |
                                                (record.scale == state->scale ? 0 : kHasScale));
  state->scale = record.scale;
  const std::uint64_t flags = (has_slots ? kHasSlots : 0) | (extras != 0 ? kHasExtras : 0);
  out = PutTimestamp(out, record.oldest_us(), precision, flags, kHeaderBits, state);
  if (extras != 0) out = PutExtras(out, record, extras);
  out = PutBuckets(out, record.positive, &state->first_index);
  if (has_slots) out = WriteVarint(out, record.slots.size());
  const std::uint64_t count = CountBuckets(record);
  for (std::size_t i = 0; i < record.slots.size(); ++i) {
    const DistributionRecord::Slot& slot = record.slots[i];
    if (i > 0) out = PutTimestamp(out, slot.timestamp_us, precision, 0, 0, state);
    if (has_slots) out = WriteVarint(out, slot.count);
    out = PutNumber(out, slot.sum, has_slots ? slot.count : count, precision, &state->mean);
  }
  if (record.is_explicit() || count <= 1) return out;
  out = PutNumber(out, record.min, 1, precision, &state->min);
  return PutNumber(out, record.max, 1, precision, &state->max);
}

const std::uint8_t* GetRecord(const std::uint8_t* in, Precision precision, DistributionState* state,
                              DistributionRecord* record) {
  record->Clear();
  std::uint64_t header = 0;
  in = ReadOwnVarint(in, &header);
  const std::int64_t oldest_us = NextTimestamp(header >> kHeaderBits, precision, state);
  if ((header & kHasExtras) != 0) in = GetExtras(in, state, record);
  record->scale = state->scale;
  in = GetBuckets(in, &state->first_index, &record->positive);
  const std::uint64_t count = CountBuckets(*record);

  std::uint64_t slots = 1;
  if ((header & kHasSlots) != 0) in = ReadOwnVarint(in, &slots);
  record->slots.resize(slots, {oldest_us, count, 0});
  for (std::uint64_t i = 0; i < slots; ++i) {
    DistributionRecord::Slot& slot = record->slots[i];
    if (i > 0) {
      std::uint64_t packed = 0;
      in = ReadOwnVarint(in, &packed);
      slot.timestamp_us = NextTimestamp(packed, precision, state);
    }
    if (slots > 1) in = ReadOwnVarint(in, &slot.count);
    in = GetNumber(in, &slot.sum, slot.count, &state->mean);
  }
  if (record->is_explicit() || count == 0) return in;
  if (count > 1) {
    in = GetNumber(in, &record->min, 1, &state->min);
    return GetNumber(in, &record->max, 1, &state->max);
  }
  double sum = 0;
  for (const DistributionRecord::Slot& slot : record->slots) sum += slot.sum;
  record->min = record->max = sum;
  return in;
}

std::int64_t PeekTimestamp(const std::uint8_t* in, Precision precision, const DistributionState& state) {
  std::uint64_t header = 0;
  ReadOwnVarint(in, &header);
  DistributionState next = state;
  return NextTimestamp(header >> kHeaderBits, precision, &next);
}

}  // namespace obs
