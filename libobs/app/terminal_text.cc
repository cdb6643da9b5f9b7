#include "app/terminal_text.h"

#include "base/utf8.h"
#include "fmt/format.h"

namespace obs {
namespace {

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// The bytes of the character at the front; 1 for a byte that starts none.
std::size_t CharacterBytes(std::string_view text) {
  std::size_t size = 1;
  while (size < text.size() && size < 4 && IsContinuation(text[size])) ++size;
  return size;
}

// C0, DEL and C1 (two bytes in UTF-8): all that a terminal may take for a command.
bool IsControl(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

std::string Cut(std::string_view text, std::size_t columns) {
  std::string out;
  for (std::size_t used = 0; !text.empty() && used < columns; ++used) {
    const std::size_t size = CharacterBytes(text);
    out += text.substr(0, size);
    text.remove_prefix(size);
  }
  return out;
}

// At most `columns` wide.
std::string Shorten(std::string_view text, std::size_t columns) {
  if (DisplayWidth(text) <= columns) return std::string(text);
  return columns == 0 ? "" : Cut(text, columns - 1) + "…";
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    std::string_view character = text.substr(0, CharacterBytes(text));
    if (!IsValidUtf8(character)) character = text.substr(0, 1);
    if (character == "\n") {
      out += "\\n";
    } else if (character == "\t") {
      out += "\\t";
    } else if (!IsValidUtf8(character) || IsControl(character)) {
      for (const char byte : character) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    } else {
      out += character;
    }
    text.remove_prefix(character.size());
  }
  return out;
}

std::size_t DisplayWidth(std::string_view text) {
  std::size_t width = 0;
  for (const char c : text) width += IsContinuation(c) ? 0 : 1;
  return width;
}

std::string FitLeft(std::string_view text, std::size_t columns) {
  std::string out = Shorten(text, columns);
  out.append(columns - DisplayWidth(out), ' ');
  return out;
}

std::string FitMiddle(std::string_view text, std::size_t columns) {
  const std::size_t width = DisplayWidth(text);
  if (width <= columns || columns < 3) return FitLeft(text, columns);
  const std::size_t head = (columns - 1) * 2 / 5;
  const std::size_t dropped = width - (columns - 1) + head;  // where the tail begins, in columns
  return Cut(text, head) + "…" + std::string(text.substr(Cut(text, dropped).size()));
}

std::string FitRight(std::string_view text, std::size_t columns) {
  std::string out = Shorten(text, columns);
  out.insert(0, columns - DisplayWidth(out), ' ');
  return out;
}

std::string SourceText(const SeriesIdentity& series) {
  return Printable(series.service + "/" + series.instance);
}

std::string SeriesText(const SeriesIdentity& series) {
  std::string out = Printable(series.name);
  if (series.labels.empty()) return out;
  char separator = '{';
  for (const LabelView label : series.labels) {
    out += separator;
    separator = ',';
    std::string value;
    for (const char c : label.value) {
      if (c == '"' || c == '\\') value += '\\';
      value += c;
    }
    out += fmt::format("{}=\"{}\"", Printable(label.name), Printable(value));
  }
  out += '}';
  return out;
}

}  // namespace obs
