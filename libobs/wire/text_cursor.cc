#include "wire/text_cursor.h"

#include "base/json_text.h"
#include "fmt/format.h"

namespace obs {

absl::Status LineError(std::size_t column, std::string_view what) {
  if (column == 0) return absl::InvalidArgumentError(absl::string_view(what.data(), what.size()));
  return absl::InvalidArgumentError(fmt::format("column {}: {}", column, what));
}

std::string Quoted(std::string_view text) {
  constexpr std::size_t kMaxBytes = 60;
  std::string out;
  AppendJsonString(out, text.substr(0, kMaxBytes));
  if (text.size() > kMaxBytes) out += "...";
  return out;
}

absl::Status TextCursor::Expected(std::string_view what) const {
  if (AtEnd()) return Error(fmt::format("expected {}, but the line ends", what));
  TextCursor ahead = *this;
  ahead.SkipBlanks();
  return Error(fmt::format("expected {}, not {}", what, Quoted(ahead.TakeWord())));
}

}  // namespace obs
