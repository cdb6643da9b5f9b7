#include "base/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "fmt/format.h"

namespace obs {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array<Unit, 7> kDurationUnits{
    {{"d", 86400e9}, {"h", 3600e9}, {"m", 60e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1}}};
constexpr std::array<Unit, 8> kByteUnits{{{"", 1},
                                          {"B", 1},
                                          {"kB", 1e3},
                                          {"MB", 1e6},
                                          {"GB", 1e9},
                                          {"KiB", 1024.0},
                                          {"MiB", 1048576.0},
                                          {"GiB", 1073741824.0}}};

// Reads one "NUMBER UNIT" from the front of `text`, and its value in the base unit. Leaves `text` as it is if
// there is none.
template <std::size_t N>
std::optional<double> TakeQuantity(std::string_view& text, const std::array<Unit, N>& units) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !std::isfinite(number) || number < 0) return std::nullopt;
  const std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
  const std::string_view name = rest.substr(0, rest.find_first_of("0123456789."));
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    text = rest.substr(name.size());
    return number * unit.factor;
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<std::int64_t> ParseDurationNanos(std::string_view text) {
  if (text == "0") return 0;
  std::string_view rest = text;
  double nanos = 0;
  while (!rest.empty()) {
    const auto part = TakeQuantity(rest, kDurationUnits);
    if (!part) break;
    nanos += *part;
  }
  if (text.empty() || !rest.empty() || nanos >= 9.2e18) {
    return absl::InvalidArgumentError(
        fmt::format("\"{}\" is not a duration; write for example 500ms, 10s or 5m", text));
  }
  return std::llround(nanos);
}

std::string FormatDuration(std::int64_t nanos) {
  if (nanos == 0) return "0s";
  std::string out = nanos < 0 ? "-" : "";
  auto rest = nanos < 0 ? 0 - static_cast<std::uint64_t>(nanos) : static_cast<std::uint64_t>(nanos);
  for (const Unit& unit : kDurationUnits) {
    const auto factor = static_cast<std::uint64_t>(unit.factor);
    if (rest < factor) continue;
    out += fmt::format("{}{}", rest / factor, unit.name);
    rest %= factor;
  }
  return out;
}

absl::StatusOr<std::uint64_t> ParseBytes(std::string_view text) {
  std::string_view rest = text;
  const auto bytes = TakeQuantity(rest, kByteUnits);
  if (!bytes || !rest.empty() || *bytes >= 1.8e19) {
    return absl::InvalidArgumentError(
        fmt::format("\"{}\" is not a size; write for example 65536, 512MiB or 2GiB", text));
  }
  return static_cast<std::uint64_t>(*bytes);
}

std::string FormatBytes(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  static constexpr std::array<std::string_view, 5> kNames{"KiB", "MiB", "GiB", "TiB", "PiB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kNames.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kNames[unit]);
}

std::string FormatBytesExactly(std::uint64_t bytes) {
  static constexpr std::array<std::string_view, 4> kNames{"", "KiB", "MiB", "GiB"};
  std::size_t unit = 0;
  for (; bytes != 0 && bytes % 1024 == 0 && unit + 1 < kNames.size(); bytes /= 1024) ++unit;
  return fmt::format("{}{}", bytes, kNames[unit]);
}

}  // namespace obs
