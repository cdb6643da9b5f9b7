#include "model/selector_syntax.h"

#include <optional>

#include "base/utf8.h"
#include "fmt/format.h"

namespace obs {
namespace {

using Op = MatcherSyntax::Op;

constexpr std::string_view kSpace = " \t\r\n";
// What ends a bare name or label.
constexpr std::string_view kPunctuation = " \t\r\n{}()[]\"'`,;=!~<>|&\\";

void AppendUtf8(std::uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
    return;
  }
  const auto continuation = [&](int shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
  } else {
    if (code < 0x10000) {
      out += static_cast<char>(0xE0 | (code >> 12));
    } else {
      out += static_cast<char>(0xF0 | (code >> 18));
      continuation(12);
    }
    continuation(6);
  }
  continuation(0);
}

std::optional<std::uint32_t> DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  absl::StatusOr<std::vector<MatcherSyntax>> Parse() {
    SkipSpace();
    if (AtEnd()) return Error("the selector is empty; use \"*\" to pick every series");
    ParseName();
    SkipSpace();
    if (!AtEnd() && Peek() == '{') {
      if (auto status = ParseMatchers(); !status.ok()) return status;
      SkipSpace();
    }
    if (!AtEnd()) return UnexpectedTail();
    return std::move(matchers_);
  }

 private:
  bool AtEnd() const { return position_ == text_.size(); }
  char Peek() const { return text_[position_]; }

  void SkipSpace() { position_ = std::min(text_.find_first_not_of(kSpace, position_), text_.size()); }

  std::string_view TakeWord() {
    const std::size_t begin = position_;
    position_ = std::min(text_.find_first_of(kPunctuation, position_), text_.size());
    return text_.substr(begin, position_ - begin);
  }

  bool Take(std::string_view token) {
    if (!text_.substr(position_).starts_with(token)) return false;
    position_ += token.size();
    return true;
  }

  absl::Status Error(std::string_view what) const { return SelectorError(position_ + 1, what); }

  // "expected WHAT, not CHARACTER".
  absl::Status Expected(std::string_view what) const {
    if (AtEnd()) return Error(fmt::format("expected {}, but the selector ends", what));
    std::size_t length = 1;  // the whole of a UTF-8 character
    while (position_ + length < text_.size() && (text_[position_ + length] & 0xC0) == 0x80) ++length;
    return Error(fmt::format("expected {}, not {}", what, text_.substr(position_, length)));
  }

  absl::Status UnexpectedTail() const {
    if (Peek() == '(' || Peek() == '[') {
      return Error(
          fmt::format("\"{}\" has no place in a selector; functions and ranges are not supported", Peek()));
    }
    return Expected(matchers_closed_ ? "nothing after \"}\"" : "\"{\" or the end");
  }

  void ParseName() {
    const std::size_t column = position_ + 1;
    const std::string_view name = TakeWord();
    if (name.empty()) return;
    const bool is_glob = name.find_first_of("*?") != std::string_view::npos;
    matchers_.push_back(
        {std::string(kNameLabel), is_glob ? Op::kGlob : Op::kEqual, std::string(name), column});
  }

  absl::Status ParseMatchers() {
    ++position_;
    while (true) {
      SkipSpace();
      if (Take("}")) break;
      if (auto status = ParseMatcher(); !status.ok()) return status;
      SkipSpace();
      if (Take("}")) break;
      if (!Take(",")) return Expected("\",\" or \"}\"");
    }
    matchers_closed_ = true;
    return absl::OkStatus();
  }

  absl::Status ParseMatcher() {
    if (matchers_.size() == kMaxMatchers) {
      return Error(fmt::format("at most {} matchers are accepted", kMaxMatchers));
    }
    MatcherSyntax matcher;
    matcher.label = TakeWord();
    if (matcher.label.empty()) return Expected("a label name or \"}\"");
    SkipSpace();
    const auto op = TakeOp();
    if (!op) return Expected(fmt::format("=, !=, =~ or !~ after the label {}", matcher.label));
    matcher.op = *op;
    SkipSpace();
    matcher.column = position_ + 1;
    if (auto status = ParseString(matcher.value); !status.ok()) return status;
    matchers_.push_back(std::move(matcher));
    return absl::OkStatus();
  }

  std::optional<Op> TakeOp() {
    if (Take("=~")) return Op::kRegex;
    if (Take("!~")) return Op::kNotRegex;
    if (Take("!=")) return Op::kNotEqual;
    if (Take("=")) return Op::kEqual;
    return std::nullopt;
  }

  absl::Status ParseString(std::string& out) {
    if (AtEnd() || (Peek() != '"' && Peek() != '\'' && Peek() != '`')) return Expected("a string in quotes");
    const std::size_t begin = position_;
    const char quote = text_[position_++];
    while (!AtEnd() && Peek() != quote) {
      const char c = text_[position_];
      if (c == '\n' && quote != '`') return Error("the string is not closed on its line");
      if (c == '\\' && quote != '`') {
        if (auto status = ParseEscape(out); !status.ok()) return status;
      } else {
        out += c;
        ++position_;
      }
    }
    if (AtEnd())
      return SelectorError(begin + 1, fmt::format("the string is not closed; {} is missing", quote));
    ++position_;
    // Escapes may spell bytes.
    if (!IsValidUtf8(out)) return SelectorError(begin + 1, "the string is not valid UTF-8");
    return absl::OkStatus();
  }

  absl::Status ParseEscape(std::string& out) {
    static constexpr std::string_view kLetters = "abfnrtv\\'\"";
    static constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\'\"";
    const char letter = position_ + 1 < text_.size() ? text_[position_ + 1] : '\0';
    if (const std::size_t k = kLetters.find(letter); k != std::string_view::npos) {
      out += kMeanings[k];
      position_ += 2;
      return absl::OkStatus();
    }
    if (letter == 'x') return ParseCode(2, 2, 16, out);
    if (letter == 'u') return ParseCode(2, 4, 16, out);
    if (letter == 'U') return ParseCode(2, 8, 16, out);
    if (letter >= '0' && letter <= '7') return ParseCode(1, 3, 8, out);
    return Error("unknown escape; write \\\\ for a backslash, or quote with `backquotes`");
  }

  // A number of exactly `digits` digits, `skip` bytes on. Two or three digits are one byte, more are a
  // character.
  absl::Status ParseCode(std::size_t skip, std::size_t digits, std::uint32_t base, std::string& out) {
    std::uint64_t code = 0;
    for (std::size_t k = 0; k < digits; ++k) {
      const std::size_t at = position_ + skip + k;
      const auto digit = at < text_.size() ? DigitOf(text_[at]) : std::nullopt;
      if (!digit || *digit >= base) {
        return Error(fmt::format("the escape needs {} digits of base {}", digits, base));
      }
      code = code * base + *digit;
    }
    const bool is_byte = digits < 4;
    if (code > (is_byte ? 0xFF : 0x10FFFF) || (!is_byte && code >= 0xD800 && code < 0xE000)) {
      return Error("the escape is not a character");
    }
    if (is_byte) {
      out += static_cast<char>(code);
    } else {
      AppendUtf8(static_cast<std::uint32_t>(code), out);
    }
    position_ += skip + digits;
    return absl::OkStatus();
  }

  std::string_view text_;
  std::size_t position_ = 0;
  std::vector<MatcherSyntax> matchers_;
  bool matchers_closed_ = false;
};

}  // namespace

absl::Status SelectorError(std::size_t column, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("selector, column {}: {}", column, what));
}

absl::StatusOr<std::vector<MatcherSyntax>> ParseSelectorSyntax(std::string_view text) {
  return Parser(text).Parse();
}

}  // namespace obs
