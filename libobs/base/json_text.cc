#include "base/json_text.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/utf8.h"

namespace obs {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// Whole numbers below this are written in digits alone: "1000000" is easier to read than "1e+06", and quicker
// to write.
constexpr double kPlainBelow = 1e15;

bool NeedsEscape(unsigned char c) {
  return c < 0x20 || c == '"' || c == '\\';
}

void AppendEscaped(std::string& out, unsigned char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  out += "\\u00";
  out += kHex[c >> 4];
  out += kHex[c & 15];
}

// `text` is well-formed UTF-8. Copies run by run.
void AppendContent(std::string& out, std::string_view text) {
  std::size_t run = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (!NeedsEscape(c)) continue;
    out.append(text, run, i - run);
    AppendEscaped(out, c);
    run = i + 1;
  }
  out.append(text, run);
}

// The bytes of the well-formed character that `text` starts with; 0 if it starts with none.
std::size_t CharacterLength(std::string_view text) {
  for (std::size_t length = 1; length <= 4 && length <= text.size(); ++length) {
    if (IsValidUtf8(text.substr(0, length))) return length;
  }
  return 0;
}

template <typename T>
void AppendChars(std::string& out, T value) {
  std::array<char, 32> buffer;
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  out.append(buffer.data(), end);
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  if (IsValidUtf8(text)) {
    AppendContent(out, text);
  } else {
    while (!text.empty()) {
      const std::size_t length = CharacterLength(text);
      if (length == 0) {
        out += kReplacement;
      } else {
        AppendContent(out, text.substr(0, length));
      }
      text.remove_prefix(length == 0 ? 1 : length);
    }
  }
  out += '"';
}

void AppendJsonNumber(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
  } else if (std::abs(value) < kPlainBelow && value == std::trunc(value) && value != 0) {
    AppendChars(out, static_cast<std::int64_t>(value));
  } else {
    AppendChars(out, value);
  }
}

void AppendJsonInteger(std::string& out, std::uint64_t value) {
  AppendChars(out, value);
}

void AppendJsonMillis(std::string& out, std::int64_t micros) {
  auto magnitude = static_cast<std::uint64_t>(micros);
  if (micros < 0) {
    out += '-';
    magnitude = 0 - magnitude;
  }
  AppendChars(out, magnitude / 1000);
  const auto fraction = static_cast<unsigned>(magnitude % 1000);
  const std::array<char, 4> decimals{'.', static_cast<char>('0' + fraction / 100),
                                     static_cast<char>('0' + fraction / 10 % 10),
                                     static_cast<char>('0' + fraction % 10)};
  out.append(decimals.data(), decimals.size());
}

}  // namespace obs
