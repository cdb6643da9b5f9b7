#include "wire/text_number.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <string>

#include "base/clock.h"

namespace obs {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Most numbers are short decimals: below 2^53 with at most 22 places, where one exact division gives the
// nearest double. Returns nullopt for all others.
std::optional<double> ParseShortDecimal(std::string_view text) {
  constexpr std::size_t kMaxDigits = 15;
  static constexpr std::array<double, kMaxDigits + 1> kPowers{1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                              1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  const bool is_negative = text.starts_with('-');
  if (is_negative) text.remove_prefix(1);
  if (text.empty() || text.size() > kMaxDigits) return std::nullopt;
  std::int64_t digits = 0;
  std::size_t places = 0;
  std::size_t k = 0;
  for (; k < text.size() && IsDigit(text[k]); ++k) digits = digits * 10 + (text[k] - '0');
  if (k == 0) return std::nullopt;
  if (k < text.size() && text[k] == '.') {
    const std::size_t point = k++;
    for (; k < text.size() && IsDigit(text[k]); ++k) digits = digits * 10 + (text[k] - '0');
    places = k - point - 1;
    if (places == 0) return std::nullopt;
  }
  if (k != text.size()) return std::nullopt;
  const double value = static_cast<double>(digits) / kPowers[places];
  return is_negative ? -value : value;
}

// Takes a run of digits off the front of `text`; nullopt if there is none or it is above `max`.
std::optional<std::int64_t> TakeDigits(std::string_view& text, std::int64_t max) {
  std::int64_t value = 0;
  std::size_t k = 0;
  for (; k < text.size() && IsDigit(text[k]); ++k) {
    const int digit = text[k] - '0';
    if (value > (max - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  if (k == 0) return std::nullopt;
  text.remove_prefix(k);
  return value;
}

// Takes ".123" off the front of `text`, if it is there, as that part of `unit`; nullopt if digits are
// missing.
std::optional<std::int64_t> TakeFraction(std::string_view& text, std::int64_t unit) {
  if (!text.starts_with('.')) return 0;
  text.remove_prefix(1);
  if (text.empty() || !IsDigit(text[0])) return std::nullopt;
  std::int64_t value = 0;
  while (!text.empty() && IsDigit(text[0])) {
    unit /= 10;
    value += (text[0] - '0') * unit;
    text.remove_prefix(1);
  }
  return value;
}

std::optional<std::int64_t> ParseUnixTime(std::string_view text) {
  const auto whole = TakeDigits(text, std::numeric_limits<std::int64_t>::max());
  if (!whole) return std::nullopt;
  std::int64_t unit = 1;
  if (*whole < 100'000'000'000) {
    unit = kNanosPerSecond;
  } else if (*whole < 100'000'000'000'000) {
    unit = kNanosPerMilli;
  } else if (*whole < 100'000'000'000'000'000) {
    unit = kNanosPerMicro;
  }
  const auto fraction = TakeFraction(text, unit);
  std::int64_t nanos = 0;
  if (!fraction || !text.empty() || __builtin_mul_overflow(*whole, unit, &nanos) ||
      __builtin_add_overflow(nanos, *fraction, &nanos)) {
    return std::nullopt;
  }
  return nanos;
}

// Takes exactly `count` digits and then `separator`, unless that is NUL.
std::optional<int> TakeField(std::string_view& text, std::size_t count, char separator) {
  if (text.size() < count) return std::nullopt;
  std::string_view field = text.substr(0, count);
  const auto value = TakeDigits(field, 9999);
  if (!value || !field.empty()) return std::nullopt;
  text.remove_prefix(count);
  if (separator != '\0') {
    if (!text.starts_with(separator)) return std::nullopt;
    text.remove_prefix(1);
  }
  return static_cast<int>(*value);
}

// "Z" or "+01:30", in seconds.
std::optional<int> ParseOffset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  const auto hours = TakeField(text, 2, ':');
  const auto minutes = hours ? TakeField(text, 2, '\0') : std::nullopt;
  if (!minutes || !text.empty() || *hours > 23 || *minutes > 59) return std::nullopt;
  return sign * (*hours * 3600 + *minutes * 60);
}

std::optional<std::int64_t> ParseRfc3339(std::string_view text) {
  namespace chrono = std::chrono;
  const auto year = TakeField(text, 4, '-');
  const auto month = year ? TakeField(text, 2, '-') : std::nullopt;
  const auto day = month ? TakeField(text, 2, '\0') : std::nullopt;
  if (!day || (!text.starts_with('T') && !text.starts_with('t'))) return std::nullopt;
  text.remove_prefix(1);
  const auto hour = TakeField(text, 2, ':');
  const auto minute = hour ? TakeField(text, 2, ':') : std::nullopt;
  const auto second = minute ? TakeField(text, 2, '\0') : std::nullopt;
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const auto fraction = TakeFraction(text, kNanosPerSecond);
  const auto offset = fraction ? ParseOffset(text) : std::nullopt;
  const chrono::year_month_day date{chrono::year(*year), chrono::month(static_cast<unsigned>(*month)),
                                    chrono::day(static_cast<unsigned>(*day))};
  // Nanoseconds in 64 bits reach from 1970 to 2262.
  if (!offset || !date.ok() || *year < 1970 || *year > 2261) return std::nullopt;
  const std::int64_t days = chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t seconds = days * 86400 + *hour * 3600 + *minute * 60 + *second - *offset;
  if (seconds < 0) return std::nullopt;
  return seconds * kNanosPerSecond + *fraction;
}

}  // namespace

std::optional<double> ParseNumber(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  if (const auto value = ParseShortDecimal(text)) return value;
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (stop != end || text.empty() || text.ends_with(')')) return std::nullopt;  // "nan(...)" is C's alone
  if (error == std::errc::result_out_of_range) return std::strtod(std::string(text).c_str(), nullptr);
  if (error != std::errc()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> ParseTimestamp(std::string_view text) {
  return text.size() > 4 && text[4] == '-' ? ParseRfc3339(text) : ParseUnixTime(text);
}

}  // namespace obs
