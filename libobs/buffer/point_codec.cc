#include "buffer/point_codec.h"

#include <array>
#include <bit>
#include <cstring>

#include "base/varint.h"
#include "buffer/decimal.h"

namespace obs {
namespace {

// A point begins with a varint: zigzag(change of the timestamps' distance) << 2 | form of the value.
enum ValueForm : std::uint64_t {
  kSame = 0,
  kRise = 1,    // varint: growth of the digits
  kFall = 2,    // varint: loss of the digits
  kEscape = 3,  // byte: kNewUnit | unit, then zigzag varint of the digits; or as PutDifference() has it
};
constexpr int kFormBits = 2;
constexpr std::uint8_t kNewUnit = 0x80;

std::int32_t KeptDelta(std::int64_t delta_us) {
  const bool fits = delta_us == static_cast<std::int32_t>(delta_us);
  return fits ? static_cast<std::int32_t>(delta_us) : 0;
}

// The bytes of `bits` without zero bytes at either end. First: zero bytes at the low end << 4 | bytes that
// follow.
std::uint8_t* PutDifference(std::uint8_t* out, std::uint64_t bits) {
  const int low = std::countr_zero(bits) / 8;
  const int size = 8 - low - std::countl_zero(bits) / 8;
  *out++ = static_cast<std::uint8_t>(low << 4 | size);
  bits >>= 8 * low;
  for (int i = 0; i < size; ++i, bits >>= 8) *out++ = static_cast<std::uint8_t>(bits);
  return out;
}

const std::uint8_t* GetDifference(const std::uint8_t* in, std::uint64_t* bits) {
  const int low = *in >> 4;
  const int size = *in++ & 0xf;
  *bits = 0;
  for (int i = 0; i < size; ++i) *bits |= static_cast<std::uint64_t>(*in++) << (8 * (low + i));
  return in;
}

// Writes what follows the header, and says its form.
std::uint8_t* PutValue(std::uint8_t* out, double value, PointState* state, ValueForm* form) {
  std::int64_t digits = 0;
  if (ToDigits(value, state->unit, &digits)) {
    const std::int64_t growth = digits - state->digits;
    state->digits = digits;
    *form = growth < 0 ? kFall : kRise;
    return WriteVarint(out, static_cast<std::uint64_t>(growth < 0 ? -growth : growth));
  }
  *form = kEscape;
  if (ToFewestDigits(value, &state->unit, &state->digits)) {
    *out++ = kNewUnit | state->unit;
    return WriteVarint(out, ZigZag(state->digits));
  }
  return PutDifference(
      out, std::bit_cast<std::uint64_t>(value) ^ std::bit_cast<std::uint64_t>(state->point.value));
}

const std::uint8_t* GetValue(const std::uint8_t* in, ValueForm form, PointState* state) {
  std::uint64_t number = 0;
  if (form == kSame) return in;
  if (form == kRise || form == kFall) {
    in = ReadOwnVarint(in, &number);
    state->digits += form == kRise ? static_cast<std::int64_t>(number) : -static_cast<std::int64_t>(number);
  } else if ((*in & kNewUnit) != 0) {
    state->unit = *in++ & 0xf;
    in = ReadOwnVarint(in, &number);
    state->digits = UnZigZag(number);
  } else {
    in = GetDifference(in, &number);
    state->point.value = std::bit_cast<double>(std::bit_cast<std::uint64_t>(state->point.value) ^ number);
    return in;
  }
  state->point.value = FromDigits(state->digits, state->unit);
  return in;
}

}  // namespace

PointState PointState::StartingWith(const Point& first) {
  PointState state;
  state.point = {first.timestamp_us, first.value + 0.0};
  ToFewestDigits(first.value, &state.unit, &state.digits);
  return state;
}

std::uint8_t* PutPoint(std::uint8_t* out, const Point& point, PointState* state) {
  std::array<std::uint8_t, kMaxPointBytes> body;
  std::uint8_t* body_end = body.data();
  ValueForm form = kSame;
  const double value = point.value + 0.0;  // -0 becomes 0, as it has no digits
  if (value != state->point.value) body_end = PutValue(body.data(), value, state, &form);

  const std::int64_t delta_us = point.timestamp_us - state->point.timestamp_us;
  out = WriteVarint(out, ZigZag(delta_us - state->delta_us) << kFormBits | form);
  const auto body_size = static_cast<std::size_t>(body_end - body.data());
  std::memcpy(out, body.data(), body_size);
  state->point = {point.timestamp_us, value};
  state->delta_us = KeptDelta(delta_us);
  return out + body_size;
}

const std::uint8_t* GetPoint(const std::uint8_t* in, PointState* state) {
  std::uint64_t header = 0;
  in = ReadOwnVarint(in, &header);
  const std::int64_t delta_us = state->delta_us + UnZigZag(header >> kFormBits);
  state->point.timestamp_us += delta_us;
  state->delta_us = KeptDelta(delta_us);
  return GetValue(in, static_cast<ValueForm>(header & ((1 << kFormBits) - 1)), state);
}

}  // namespace obs
