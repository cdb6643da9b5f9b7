// Takes text apart from the front: lines, fields between blanks, numbers.
//
// Thread safety: pure functions. Nothing throws; what is not there comes back empty.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace obs {

// Removes the first line, with its line feed, from `text` and returns it without.
inline std::string_view TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

// Removes leading blanks and the field after them from `line` and returns the field; empty if there is none.
inline std::string_view TakeField(std::string_view& line) {
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) {
    line = {};
    return {};
  }
  line.remove_prefix(begin);
  const std::string_view field = line.substr(0, line.find_first_of(" \t"));
  line.remove_prefix(field.size());
  return field;
}

// The whole of `text` as a number, or nullopt.
template <typename Number>
std::optional<Number> ToNumber(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// As TakeField(), then ToNumber().
template <typename Number>
std::optional<Number> TakeNumber(std::string_view& line) {
  return ToNumber<Number>(TakeField(line));
}

}  // namespace obs
