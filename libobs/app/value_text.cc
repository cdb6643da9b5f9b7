#include "app/value_text.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/clock.h"
#include "base/units.h"
#include "fmt/chrono.h"
#include "fmt/format.h"

namespace obs {
namespace {

// Four digits, without exponent as long as that is short.
std::string FourDigits(double value) {
  return fmt::format("{:.4g}", value);
}

std::string Scaled(double value, std::string_view unit) {
  static constexpr std::array<std::string_view, 5> kPrefixes{"", "k", "M", "G", "T"};
  std::size_t prefix = 0;
  while (std::abs(value) >= 999.95 && prefix + 1 < kPrefixes.size()) {
    value /= 1000;
    ++prefix;
  }
  return fmt::format("{}{}{}", FourDigits(value), kPrefixes[prefix], unit);
}

std::string SecondsText(double seconds) {
  constexpr double kEarliestDate = 1e9;  // what is bigger is no duration, but Unix time
  constexpr double kLatestDate = 1e10;
  const double magnitude = std::abs(seconds);
  if (seconds >= kEarliestDate && seconds < kLatestDate) {
    return fmt::format("{:%Y-%m-%d}", fmt::localtime(static_cast<std::time_t>(seconds)));
  }
  if (magnitude >= 48 * 3600.0) return fmt::format("{:.4g} d", seconds / 86400);
  if (magnitude >= 2 * 3600.0) return fmt::format("{:.4g} h", seconds / 3600);
  if (magnitude >= 120) return fmt::format("{:.4g} min", seconds / 60);
  if (magnitude >= 1 || seconds == 0) return fmt::format("{:.4g} s", seconds);
  if (magnitude >= 1e-3) return fmt::format("{:.4g} ms", seconds * 1e3);
  if (magnitude >= 1e-6) return fmt::format("{:.4g} µs", seconds * 1e6);
  return fmt::format("{:.4g} ns", seconds * 1e9);
}

std::string BytesText(double bytes) {
  if (bytes < 0 || bytes >= 1.8e19) return NumberText(bytes) + " B";
  return FormatBytes(static_cast<std::uint64_t>(bytes));
}

}  // namespace

std::string NumberText(double value) {
  constexpr double kInFull = 1e6;
  if (value == std::trunc(value) && std::abs(value) < kInFull) return fmt::format("{:.0f}", value);
  return std::abs(value) >= 1e4 ? Scaled(value, "") : FourDigits(value);
}

std::string ValueText(std::string_view name, double value) {
  if (!std::isfinite(value)) return "-";
  constexpr std::string_view kTotal = "_total";
  if (name.ends_with(kTotal)) name.remove_suffix(kTotal.size());
  if (name.ends_with("_bytes")) return BytesText(value);
  if (name.ends_with("_seconds")) return SecondsText(value);
  if (name.ends_with("_ms") || name.ends_with("_milliseconds")) return SecondsText(value / 1000);
  if (name.ends_with("_percent")) return FourDigits(value) + " %";
  if (name.ends_with("_ratio")) return FourDigits(value * 100) + " %";
  if (name.ends_with("_hertz")) return Scaled(value, " Hz");
  if (name.ends_with("_celsius")) return FourDigits(value) + " °C";
  return NumberText(value);
}

std::string AgeText(std::int64_t micros) {
  const double seconds = static_cast<double>(std::max<std::int64_t>(micros, 0)) / kMicrosPerSecond;
  if (seconds < 9.95) return fmt::format("{:.1f}s", seconds);
  if (seconds < 120) return fmt::format("{:.0f}s", seconds);
  if (seconds < 2 * 3600) return fmt::format("{:.0f}m", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{:.0f}h", seconds / 3600);
  return fmt::format("{:.0f}d", seconds / 86400);
}

}  // namespace obs
