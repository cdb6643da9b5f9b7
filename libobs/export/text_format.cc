#include "export/text_format.h"

#include <charconv>
#include <cmath>

#include "absl/strings/ascii.h"

namespace obs {
namespace {

// Whole numbers below this are exact in a double, and short enough to be written out.
constexpr double kMaxWhole = 1e15;

bool IsContinuationByte(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

std::string Sanitised(std::string_view text, bool colon_allowed) {
  std::string out;
  out.reserve(text.size() + 1);
  if (text.empty() || absl::ascii_isdigit(static_cast<unsigned char>(text.front()))) out += '_';
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || (c == ':' && colon_allowed)) {
      out += c;
    } else if (!IsContinuationByte(c)) {
      out += '_';
    }
  }
  return out;
}

bool MeansSomethingToPrometheus(std::string_view label) {
  return label == "service" || label == "instance" || label == "le" || label == "quantile" ||
         label.starts_with("__");
}

template <typename Number>
void AppendNumber(std::string& out, Number number) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
}

}  // namespace

std::string ExposedMetricName(std::string_view name) {
  return Sanitised(name, true);
}

std::string ExposedLabelName(std::string_view name) {
  std::string out = Sanitised(name, false);
  if (MeansSomethingToPrometheus(out)) out.insert(0, "exported_");
  return out;
}

void AppendLabel(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += "=\"";
  while (true) {
    const std::size_t plain = value.find_first_of("\\\"\n");
    out += value.substr(0, plain);
    if (plain == std::string_view::npos) break;
    out += '\\';
    out += value[plain] == '\n' ? 'n' : value[plain];
    value.remove_prefix(plain + 1);
  }
  out += '"';
}

void AppendHelpText(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

void AppendValue(std::string& out, double value) {
  if (std::abs(value) < kMaxWhole) {
    const auto whole = static_cast<std::int64_t>(value);
    if (static_cast<double>(whole) == value) return AppendNumber(out, whole);
  } else if (!std::isfinite(value)) {
    out += std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
    return;
  }
  AppendNumber(out, value);
}

void AppendCount(std::string& out, std::uint64_t count) {
  AppendNumber(out, count);
}

}  // namespace obs
