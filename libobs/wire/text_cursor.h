// A place in a line of text, for parsers whose errors say where.
//
// Thread safety: a value.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace obs {

// Blanks separate words within a line. A carriage return is one, so that lines from Windows work.
constexpr bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

// INVALID_ARGUMENT as "column N: WHAT", or as "WHAT" if N is 0. Columns are in bytes, from 1.
absl::Status LineError(std::size_t column, std::string_view what);

// `text` in quotes for a message: cut if long, control characters and bytes that are no UTF-8 made harmless.
std::string Quoted(std::string_view text);

class TextCursor {
 public:
  // `column`: of the first byte of `text` in its line; 0 if it is from no line, and errors shall name no
  // column.
  explicit TextCursor(std::string_view text, std::size_t column = 1) : text_(text), first_column_(column) {}

  bool AtEnd() const { return position_ == text_.size(); }
  // The next byte, or NUL at the end.
  char Peek() const { return AtEnd() ? '\0' : text_[position_]; }
  std::string_view rest() const { return text_.substr(position_); }
  std::size_t column() const { return first_column_ + position_; }

  void Advance(std::size_t bytes) { position_ += bytes; }
  void SkipBlanks() {
    while (position_ < text_.size() && IsBlank(text_[position_])) ++position_;
  }
  bool Take(char c) {
    if (Peek() != c || AtEnd()) return false;
    ++position_;
    return true;
  }
  // Up to the next blank or the end.
  std::string_view TakeWord() {
    const std::size_t begin = position_;
    while (position_ < text_.size() && !IsBlank(text_[position_])) ++position_;
    return text_.substr(begin, position_ - begin);
  }
  // Up to the next `c` or the end.
  std::string_view TakeUntil(char c) {
    const std::size_t begin = position_;
    position_ = std::min(text_.find(c, position_), text_.size());
    return text_.substr(begin, position_ - begin);
  }

  // An error here: "expected WHAT, not WORD" or "expected WHAT, but the line ends".
  absl::Status Expected(std::string_view what) const;
  absl::Status Error(std::string_view what) const {
    return LineError(first_column_ == 0 ? 0 : column(), what);
  }

 private:
  std::string_view text_;
  std::size_t first_column_;
  std::size_t position_ = 0;
};

}  // namespace obs
